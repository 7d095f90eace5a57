import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import type { Request } from 'express';

import { fittedBody, Accepts, JsonBody } from '../../common/http/accepts.js';
import { Idempotent, Kept, KeyedCommand } from '../../idempotency/idempotency.interceptor.js';
import type { Keep } from '../../idempotency/keep.js';
import { KeptOutcomes } from '../../idempotency/kept-outcomes.js';
import { RoomTimers } from '../../timer-domain/rooms/room-timers.js';
import { type RoomCommand, stateOf } from '../../timer-domain/rules/room-timer.js';
import { NotHostError, RoomNotFoundError } from '../errors.js';
import { HostProofs, type RoomCaller } from '../http/rooms-visitor.js';
import { HostProof } from './host-proof.js';
import { RoomPresenter } from './room.presenter.js';
import { StartSessionRequest } from './room.requests.js';
import { RoomStore } from './room-store.js';

const MESSAGES = {
  start: 'Timer started successfully',
  pause: 'Timer paused',
  resume: 'Timer resumed',
  reset: 'Timer reset',
} as const satisfies Record<RoomCommand['verb'], string>;

/** An idempotent timer command, with the same fingerprint as the command on a socket. */
const keyed = (commandOf: (request: Request) => RoomCommand) =>
  KeyedCommand((request) => [String(request.params['room_id']).toLowerCase(), commandOf(request)]);

const startOf = ({ session_type: sessionType }: StartSessionRequest): RoomCommand => ({
  verb: 'start',
  sessionType: sessionType ?? 'work',
});

/** The timer of a room over REST (seeds/focus-mate-rooms.md 3.3). */
@Controller('api/v1/rooms/:room_id/timer')
@Idempotent()
export class RoomTimerController {
  constructor(
    private readonly store: RoomStore,
    private readonly timers: RoomTimers,
    private readonly presenter: RoomPresenter,
    private readonly proof: HostProof,
    private readonly kept: KeptOutcomes,
  ) {}

  @Post('start')
  @HttpCode(200)
  @keyed((request) => startOf(fittedBody(request) ?? {}))
  @Accepts({ body: StartSessionRequest, bodyOptional: true })
  start(
    @Param('room_id') roomId: string,
    @JsonBody() body: StartSessionRequest,
    @HostProofs() caller: RoomCaller,
    @Kept() keep: Keep | undefined,
  ) {
    return this.command(startOf(body), roomId, caller, keep);
  }

  @Post('pause')
  @HttpCode(200)
  @keyed(() => ({ verb: 'pause' }))
  pause(@Param('room_id') roomId: string, @HostProofs() caller: RoomCaller, @Kept() keep: Keep | undefined) {
    return this.command({ verb: 'pause' }, roomId, caller, keep);
  }

  @Post('resume')
  @HttpCode(200)
  @keyed(() => ({ verb: 'resume' }))
  resume(@Param('room_id') roomId: string, @HostProofs() caller: RoomCaller, @Kept() keep: Keep | undefined) {
    return this.command({ verb: 'resume' }, roomId, caller, keep);
  }

  @Post('reset')
  @HttpCode(200)
  @keyed(() => ({ verb: 'reset' }))
  reset(@Param('room_id') roomId: string, @HostProofs() caller: RoomCaller, @Kept() keep: Keep | undefined) {
    return this.command({ verb: 'reset' }, roomId, caller, keep);
  }

  private async command(command: RoomCommand, roomId: string, caller: RoomCaller, keep: Keep | undefined) {
    const room = await this.store.use(roomId);
    if (room.control === 'host' && !this.proof.isHost(room, caller)) throw new NotHostError('control the timer');
    this.proof.renew(room, caller.request);
    const carryOut = async () => {
      const outcome = await this.timers.command(room.id, command, caller.identity?.userId ?? null);
      if (outcome === undefined) throw new RoomNotFoundError(roomId);
      return outcome;
    };
    const { clock: roomTimer } = await this.kept.once(keep, carryOut, room.id);
    const data = this.presenter.timer(stateOf(roomTimer), roomTimer.revision);
    return { status: 'success', data, message: MESSAGES[command.verb] };
  }
}
