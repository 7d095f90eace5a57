import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { WebPages } from '../../web/web-pages.js';
import { RoomNotFoundError } from '../errors.js';
import type { Room } from './room.js';
import { RoomPresenter } from './room.presenter.js';
import { RoomStore } from './room-store.js';

/** What a share URL opens: a page for people, the room for programs (rooms.md, "Share URL"). */
@Controller('room')
export class SharePageController {
  constructor(
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly pages: WebPages,
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
    if (room instanceof RoomNotFoundError) {
      const lines = ['It was deleted, or the address is not complete.'];
      this.pages.send(response, 'room', { status: 404, title: 'No such room', lines });
      return;
    }
    const { name, session } = room.clock;
    const doing = session === null ? 'Nothing is running.' : `A ${session.sessionType ?? 'work'} session is on.`;
    this.pages.send(response, 'room', { title: name, lines: [doing, `Room ${room.id}`] });
  }
}
