/** Of everyone that `signUp` makes. */
export const PASSWORD = 'correct horse';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON; undefined for none. */
  readonly body: unknown;
}

/** What a request has besides its method and path. */
export interface Sent {
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
}

/** Sends a request and reads its answer. */
export async function send(url: string, method: string, path: string, sent: Sent = {}): Promise<Reply> {
  const { body, headers, token } = sent;
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text || undefined };
}

/** Makes an account. @returns its access token */
export async function signUp(url: string, email: string, profile: { display_name?: string } = {}): Promise<string> {
  const { status, body } = await send(url, 'POST', '/v1/auth/signup', {
    body: { email, password: PASSWORD, ...profile },
  });
  if (status !== 201) throw new Error(`${email} was not signed up: ${status} ${JSON.stringify(body)}`);
  return (body as { access_token: string }).access_token;
}
