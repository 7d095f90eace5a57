// Holds recorded socket frames against the AsyncAPI document.
import { Schemas } from './schemas.mjs';

export class Frames {
  constructor(document) {
    this.document = document;
    this.schemas = new Schemas(document.components.schemas);
    this.seen = new Set();
    this.problems = new Map();
  }

  check({ endpoint, direction, isMeant, frame }) {
    const dialect = Object.hasOwn(frame, 'type') ? 'type-payload' : 'action-event';
    const word = frame.type ?? frame.event ?? frame.action;
    const candidates = this.messagesOf(`${endpoint}.${dialect}.${direction}`).filter(({ name }) => name === word);
    const fitting = candidates.find(({ payload }) => this.schemas.problemWith(payload, frame) === undefined);
    if (fitting) {
      this.seen.add(fitting.key);
      this.schemas.cover(fitting.payload, frame, fitting.key);
    } else if (isMeant) {
      const where = `${endpoint}.${dialect}.${direction} ${JSON.stringify(word)}`;
      const problems = candidates.map(({ payload }) => this.schemas.problemWith(payload, frame));
      this.blame(`${where}: ${problems.join(' | ') || 'this frame is not documented'}`, frame);
    }
  }

  messagesOf(operation) {
    return this.document.operations[operation].messages.map(({ $ref }) => {
      const key = $ref.split('/').at(-1);
      return { key, ...this.document.components.messages[key] };
    });
  }

  blame(line, frame) {
    if (!this.problems.has(line)) this.problems.set(line, JSON.stringify(frame).slice(0, 300));
  }

  unseen() {
    const { messages } = this.document.components;
    const said = Object.entries(messages).filter(([key]) => this.seen.has(key));
    const parts = said.flatMap(([key, { payload }]) => this.schemas.keysOf(payload, key));
    return [
      ...Object.keys(messages).filter((key) => !this.seen.has(key)),
      ...parts.filter((key) => !this.schemas.seen.has(key)),
      ...this.schemas.unseen(),
    ];
  }
}
