import { RepeatedWork } from './repeated-work.js';

describe('RepeatedWork', () => {
  const warn = jest.fn();
  const run = jest.fn<Promise<unknown>, []>();
  let work: RepeatedWork;

  beforeEach(() => {
    jest.useFakeTimers();
    jest.resetAllMocks();
    run.mockResolvedValue(undefined);
    work = new RepeatedWork({ everyMs: 1_000, run, logger: { warn }, failure: 'rooms not swept, will retry' });
    work.start();
  });

  afterEach(() => {
    work.stop();
    jest.useRealTimers();
  });

  it('runs after each interval until it is stopped', async () => {
    expect(run).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(run).toHaveBeenCalledTimes(2);
    work.stop();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('leaves out a run while another is under way', async () => {
    const ends: ((value?: unknown) => void)[] = [];
    run.mockImplementation(() => new Promise((resolve) => ends.push(resolve)));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(run).toHaveBeenCalledTimes(1);
    ends[0]?.();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('logs a run that fails, and goes on', async () => {
    run.mockRejectedValueOnce(new TypeError('no'));
    await jest.advanceTimersByTimeAsync(2_000);
    expect(warn.mock.calls).toMatchObject([[{ msg: 'rooms not swept, will retry', type: 'TypeError' }]]);
    expect(run).toHaveBeenCalledTimes(2);
  });
});
