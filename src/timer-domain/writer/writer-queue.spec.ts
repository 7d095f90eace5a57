import { ServiceUnavailableError } from '../../common/errors.js';
import type { Outcome } from '../commands/outcome.js';
import { type CommandExecutor, type QueuedCommand, WriterQueue } from './writer-queue.js';

interface Command extends QueuedCommand {
  readonly name: string;
}

type Result = Outcome<string>;

/** An executor that records its commands; the test sets their outcomes. */
class HandExecutor implements CommandExecutor<Command, string> {
  readonly batches: string[][] = [];
  readonly lonely: string[] = [];
  finish: ((outcomes: Result[]) => void) | undefined;
  private finishAlone: ((outcome: Result) => void) | undefined;

  executeBatch(commands: readonly Command[]): Promise<Result[]> {
    this.batches.push(commands.map(({ name }) => name));
    return new Promise((resolve) => (this.finish = resolve));
  }

  executeOne(command: Command): Promise<Result> {
    this.lonely.push(command.name);
    return new Promise((resolve) => (this.finishAlone = resolve));
  }

  /** Completes the current batch. Commands are done unless `said` has another outcome for them. */
  async end(said: Record<string, Result> = {}): Promise<void> {
    this.finish?.((this.batches.at(-1) ?? []).map((name) => said[name] ?? { kind: 'done', result: name }));
    await settle();
  }

  async endAlone(outcome: Result): Promise<void> {
    this.finishAlone?.(outcome);
    await settle();
  }
}

const settle = async (): Promise<void> => {
  await new Promise<void>((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
};

describe('WriterQueue', () => {
  let executor: HandExecutor;
  let queue: WriterQueue<Command, string>;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    executor = new HandExecutor();
    queue = new WriterQueue(executor, {
      maxWaiting: 5,
      patienceMs: 2_500,
      maxBatch: 3,
      minAhead: 9,
      maxRetrying: 1,
      apartMs: 10_000,
    });
  });

  afterEach(() => jest.useRealTimers());

  const submit = (name: string, key = name) => queue.submit({ name, key });
  const refusal = (promise: Promise<string>) => promise.catch((error: unknown) => (error as Error).name);

  it('writes what is asked in one turn together', async () => {
    const answers = [submit('a'), submit('b')];
    await settle();
    expect(executor.batches).toEqual([['a', 'b']]);
    await executor.end();
    expect(await Promise.all(answers)).toEqual(['a', 'b']);
  });

  it('writes in the same turn when idle, and what gathers meanwhile together, so many at most', async () => {
    const answers = [submit('a')];
    await settle();
    answers.push(...['b', 'c', 'd', 'e'].map((name) => submit(name)));
    await settle();
    expect(executor.batches).toEqual([['a']]);
    await executor.end();
    expect(executor.batches).toEqual([['a'], ['b', 'c', 'd']]);
    await executor.end();
    expect(executor.batches).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    await executor.end();
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('hands over the next batch while one is under way when enough wait, and no third', async () => {
    const ahead = new WriterQueue(executor, {
      maxWaiting: 9,
      patienceMs: 2_500,
      maxBatch: 3,
      minAhead: 2,
      maxRetrying: 1,
      apartMs: 10_000,
    });
    const answers: Promise<string>[] = [];
    const ask = async (name: string, key = name) => {
      answers.push(ahead.submit({ name, key }));
      await settle();
    };
    await ask('a');
    const endFirst = executor.finish;
    await ask('b', 'a');
    await ask('c');
    expect(executor.batches).toEqual([['a']]);
    await ask('d');
    expect(executor.batches).toEqual([['a'], ['c', 'd']]);
    await ask('e');
    await ask('f');
    expect(executor.batches).toHaveLength(2);
    endFirst?.([{ kind: 'done', result: 'a' }]);
    await settle();
    expect(executor.batches).toEqual([['a'], ['c', 'd'], ['e', 'f', 'b']]);
    expect(await answers[0]).toBe('a');
  });

  it('keeps commands of one key in their order, one in a batch', async () => {
    const answers = [submit('x'), submit('1', 'key'), submit('2', 'key'), submit('3', 'key')];
    await settle();
    await executor.end();
    await executor.end();
    await executor.end();
    expect(executor.batches).toEqual([['x', '1'], ['2'], ['3']]);
    expect(await Promise.all(answers)).toEqual(['x', '1', '2', '3']);
  });

  it('judges a loser once more, before what came after it on the same key', async () => {
    const answers = [submit('1', 'key'), submit('2', 'key')];
    await settle();
    await executor.end({ 1: { kind: 'again' } });
    await executor.end();
    await executor.end();
    expect(executor.batches).toEqual([['1'], ['1'], ['2']]);
    expect(await Promise.all(answers)).toEqual(['1', '2']);
  });

  it('gives up on a command that keeps losing', async () => {
    const answer = refusal(submit('1'));
    await settle();
    for (let attempt = 0; attempt < 8; attempt += 1) await executor.end({ 1: { kind: 'again' } });
    expect(await answer).toBe('ServiceUnavailableError');
    expect(executor.batches).toHaveLength(8);
    await expect(queue.idle()).resolves.toBeUndefined();
  });

  it('lets one that must wait do so by itself, with its key held and the others going on', async () => {
    const answers = [submit('1', 'key'), submit('2', 'key')];
    await settle();
    answers.push(submit('other'));
    await executor.end({ 1: { kind: 'individually' } });
    expect(executor.lonely).toEqual(['1']);
    expect(executor.batches).toEqual([['1'], ['other']]);
    await executor.end();
    await executor.endAlone({ kind: 'again' });
    expect(executor.lonely).toEqual(['1', '1']);
    await executor.endAlone({ kind: 'done', result: '1' });
    expect(executor.batches).toEqual([['1'], ['other'], ['2']]);
    await executor.end();
    expect(await Promise.all(answers)).toEqual(['1', '2', 'other']);
  });

  it('lets only so many wait by themselves, and the next when one is through', async () => {
    const answers = [submit('1'), submit('2')];
    await settle();
    await executor.end({ 1: { kind: 'individually' }, 2: { kind: 'individually' } });
    expect(executor.lonely).toEqual(['1']);
    await executor.endAlone({ kind: 'done', result: '1' });
    expect(executor.lonely).toEqual(['1', '2']);
    await executor.endAlone({ kind: 'done', result: '2' });
    expect(await Promise.all(answers)).toEqual(['1', '2']);
  });

  it('tells one command’s failure to its caller alone', async () => {
    const refused = expect(submit('bad')).rejects.toThrow('refused');
    const good = submit('good');
    await settle();
    await executor.end({ bad: { kind: 'failed', error: new Error('refused') } });
    await refused;
    expect(await good).toBe('good');
  });

  it('withdraws what still waits when its caller has been told 503', async () => {
    const first = refusal(submit('first'));
    await settle();
    const waiting = refusal(submit('waiting'));
    jest.advanceTimersByTime(2_500);
    expect(await Promise.all([first, waiting])).toEqual(['ServiceUnavailableError', 'ServiceUnavailableError']);
    await executor.end();
    expect(executor.batches).toEqual([['first']]);
    await expect(queue.idle()).resolves.toBeUndefined();
  });

  it('refuses at once when too many wait, and takes more when there is room', async () => {
    const answers = [submit('0')];
    await settle();
    answers.push(...['1', '2', '3', '4', '5'].map((name) => submit(name)));
    await expect(submit('6')).rejects.toBeInstanceOf(ServiceUnavailableError);
    await executor.end();
    answers.push(submit('7'));
    await executor.end();
    await executor.end();
    expect(await Promise.all(answers)).toEqual(['0', '1', '2', '3', '4', '5', '7']);
  });

  it('is idle when nothing waits and nothing is under way', async () => {
    await queue.idle();
    void submit('a');
    let idle = false;
    void queue.idle().then(() => (idle = true));
    await settle();
    expect(idle).toBe(false);
    expect(executor.batches).toEqual([['a']]);
    await executor.end();
    expect(idle).toBe(true);
  });

  it('keeps a key whose rows are locked out of batches for a while, since they would wait with it', async () => {
    const first = submit('a', 'person');
    await settle();
    await executor.end({ a: { kind: 'individually' } });
    await executor.endAlone({ kind: 'again', locked: true });
    await executor.endAlone({ kind: 'done', result: 'a' });
    expect(await first).toBe('a');
    const [second, other] = [submit('b', 'person'), submit('c')];
    await settle();
    expect([executor.batches, executor.lonely]).toEqual([
      [['a'], ['c']],
      ['a', 'a', 'b'],
    ]);
    await executor.end();
    await executor.endAlone({ kind: 'done', result: 'b' });
    expect(await Promise.all([second, other])).toEqual(['b', 'c']);
    jest.advanceTimersByTime(10_001);
    const third = submit('d', 'person');
    await settle();
    await executor.end();
    expect([await third, executor.batches.at(-1)]).toEqual(['d', ['d']]);
  });

  it('keeps a key that only lost a race in the batches', async () => {
    const first = submit('a', 'person');
    await settle();
    await executor.end({ a: { kind: 'individually' } });
    await executor.endAlone({ kind: 'again' });
    await executor.endAlone({ kind: 'done', result: 'a' });
    await first;
    const second = submit('b', 'person');
    await settle();
    await executor.end();
    expect([await second, executor.batches.at(-1)]).toEqual(['b', ['b']]);
  });
});
