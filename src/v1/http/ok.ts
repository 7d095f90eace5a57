/** The body of calls that have nothing to present. */
export interface OkBody {
  readonly ok: true;
  readonly message?: string;
}

/** Waits for the work, then answers with the body. @throws what the work throws */
export async function ok(work: Promise<unknown>, message?: string): Promise<OkBody> {
  await work;
  return message === undefined ? { ok: true } : { ok: true, message };
}
