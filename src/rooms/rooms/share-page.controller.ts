import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { WebPages } from '../../web/web-pages.js';
import { Failure, TooManyRequestsError } from '../../common/errors.js';
import { networkOf } from '../../rate-limits/network.js';
import { RoomNotFoundError } from '../errors.js';
import { RoomsCalls } from '../http/rooms-calls.js';
import { roomsEnvelope } from '../http/rooms-error-envelope.js';
import type { Room } from './room.js';
import { RoomPresenter } from './room.presenter.js';
import { RoomStore } from './room-store.js';

const ENVELOPE = roomsEnvelope('/room/');
const NO_ROOM = { title: 'No such room', lines: ['It was deleted, or the address is not complete.'] };
const TOO_MANY = { title: 'Too many requests', lines: ['Wait some seconds, then load the page again.'] };

/** Serves share URLs: a page for browsers, the room as JSON for programs (docs/spec/rooms.md#share-url). */
@Controller('room')
export class SharePageController {
  constructor(
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly pages: WebPages,
    private readonly calls: RoomsCalls,
  ) {}

  @Get(':room_id')
  async open(@Param('room_id') roomId: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    response.vary('Accept');
    const wantsJson = request.accepts(['html', 'json']) === 'json';
    const found = await this.look(roomId, response).catch((error: unknown) => {
      if (error instanceof RoomNotFoundError || error instanceof TooManyRequestsError) return error;
      throw error;
    });
    if (found instanceof Failure) this.refuse(found, response, wantsJson);
    else if (wantsJson) response.json({ status: 'success', data: await this.presenter.room(found) });
    else this.answerPage(found, response);
  }

  /** Counts the request like calls of the rooms API, because it queries the database in the same way. */
  private async look(roomId: string, response: Response): Promise<Room> {
    await this.calls.count(`address:${networkOf(response.req.ip)}`, response);
    return this.store.use(roomId);
  }

  private refuse(error: RoomNotFoundError | TooManyRequestsError, response: Response, wantsJson: boolean): void {
    const { status, headers, body } = ENVELOPE.present(error, response.req);
    response.set(headers);
    if (wantsJson) response.status(status).json(body);
    else this.pages.send(response, 'room', { status, ...(status === 404 ? NO_ROOM : TOO_MANY) });
  }

  private answerPage(room: Room, response: Response): void {
    const { name, session } = room.roomTimer;
    const doing = session === null ? 'Nothing is running.' : `A ${session.sessionType ?? 'work'} session is on.`;
    this.pages.send(response, 'room', { title: name, lines: [doing, `Room ${room.id}`] });
  }
}
