import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, createPrivateKey, createPublicKey, type JsonWebKey, sign } from 'node:crypto';
import { once } from 'node:events';

/** A private key as the provider holds it. */
export type SigningKey = JsonWebKey & { readonly kid: string; readonly alg: string };
/** How the provider answers: as it should, with 500, not at all, or it is not there. */
export type IssuerMode = 'up' | 'broken' | 'silent' | 'down';

interface Description {
  readonly issuer: string;
  readonly clientId: string;
  readonly keys: SigningKey[];
}

interface Answer {
  readonly id: string | number;
  readonly result?: unknown;
  readonly error?: string;
}

export interface IssuedTokens {
  /** A JWT (RFC 9068) for the audience. */
  readonly accessToken: string;
  /** For the client `clientId`. */
  readonly idToken: string;
}

/** `oidc-provider` on a free port of the loopback, in a process of its own. */
export class OidcIssuer {
  private asked = 0;

  private constructor(
    private readonly child: ChildProcess,
    private description: Description,
  ) {}

  static async start(): Promise<OidcIssuer> {
    const child = fork(`${__dirname}/oidc-provider.mjs`, { stdio: 'ignore' });
    await once(child, 'message');
    const issuer = new OidcIssuer(child, { issuer: '', clientId: '', keys: [] });
    issuer.description = (await issuer.ask('describe')) as Description;
    return issuer;
  }

  get url(): string {
    return this.description.issuer;
  }

  get clientId(): string {
    return this.description.clientId;
  }

  /** The current key of this algorithm, of several the first unless another is named. */
  key(alg = 'RS256', kid = this.keyIds(alg)[0]): SigningKey {
    const key = this.description.keys.find((candidate) => candidate.kid === kid);
    if (!key) throw new Error(`no key for ${alg}`);
    return key;
  }

  keyIds(alg: string): string[] {
    return this.description.keys.filter((key) => key.alg === alg).map((key) => key.kid);
  }

  /** Somebody signs in through the browser; the claims are what the provider knows of them from now on. */
  async signIn(sub: string, claims: Record<string, unknown>, audience: string): Promise<IssuedTokens> {
    return (await this.ask('signIn', { sub, claims, audience })) as IssuedTokens;
  }

  /** Forgets its keys and signs with new ones. */
  async rotate({ rsaKeys = 1 } = {}): Promise<void> {
    this.description = { ...this.description, keys: (await this.ask('rotate', rsaKeys)) as SigningKey[] };
  }

  async setMode(mode: IssuerMode): Promise<void> {
    await this.ask('setMode', mode);
  }

  /** How often discovery and keys have been asked for. */
  async requests(): Promise<{ discovery: number; keys: number }> {
    return (await this.ask('requests')) as { discovery: number; keys: number };
  }

  async stop(): Promise<void> {
    this.child.disconnect();
    await once(this.child, 'exit');
  }

  private ask(command: string, argument?: unknown): Promise<unknown> {
    this.asked += 1;
    const id = this.asked;
    return new Promise((resolve, reject) => {
      const onMessage = (answer: Answer) => {
        if (answer.id !== id) return;
        this.child.off('message', onMessage);
        if (answer.error === undefined) resolve(answer.result);
        else reject(new Error(answer.error));
      };
      this.child.on('message', onMessage);
      this.child.send({ id, command, argument });
    });
  }
}

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token that no honest provider issues: any header, any claims, signed as the header's `alg` says. */
export function forge(claims: unknown, key: SigningKey, header: Record<string, unknown> = {}): string {
  const full = { alg: key.alg, kid: key.kid, typ: 'JWT', ...header };
  const input = `${encode(full)}.${encode(claims)}`;
  return `${input}.${signatureOf(input, full.alg, key)}`;
}

function signatureOf(input: string, alg: string, key: SigningKey): string {
  if (alg === 'none') return '';
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  if (alg.startsWith('HS')) {
    const publicPem = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' });
    return createHmac(`sha${alg.slice(2)}`, publicPem)
      .update(input)
      .digest('base64url');
  }
  const options = alg.startsWith('PS') ? { padding: 6, saltLength: 32 } : {};
  return sign(`sha${alg.slice(2)}`, Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
    ...options,
  }).toString('base64url');
}
