import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { RoomNotFoundError } from '../errors.js';
import type { Room } from './room.js';
import { RoomPresenter } from './room.presenter.js';
import { RoomStore } from './room-store.js';

/** Nothing is loaded and nothing runs. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'`;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (title: string, lines: readonly string[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}</style></head>
<body><h1>${escaped(title)}</h1>${lines.map((line) => `<p>${escaped(line)}</p>`).join('')}</body></html>`;

/** What a share URL opens: a page for people, the room for programs (rooms.md, "Share URL"). */
@Controller('room')
export class SharePageController {
  constructor(
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
  ) {}

  @Get(':room_id')
  async open(@Param('room_id') roomId: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    response.vary('Accept');
    const wantsJson = request.accepts(['html', 'json']) === 'json';
    const room = await this.store.use(roomId).catch((error: unknown) => {
      if (error instanceof RoomNotFoundError) return error;
      throw error;
    });
    if (wantsJson) await this.answerJson(room, response);
    else this.answerPage(room, response);
  }

  private async answerJson(room: Room | RoomNotFoundError, response: Response): Promise<void> {
    if (room instanceof RoomNotFoundError) {
      response.status(404).json({ status: 'error', error: { code: room.code, message: room.message } });
      return;
    }
    response.json({ status: 'success', data: await this.presenter.room(room) });
  }

  private answerPage(room: Room | RoomNotFoundError, response: Response): void {
    response.set({ 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'no-referrer' }).type('html');
    if (room instanceof RoomNotFoundError) {
      response.status(404).send(page('No such room', ['It was deleted, or the address is not complete.']));
      return;
    }
    const { name, session } = room.clock;
    const doing = session === null ? 'Nothing is running.' : `A ${session.sessionType ?? 'work'} session is on.`;
    response.send(page(name, [doing, `Room ${room.id}`]));
  }
}
