import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';

import { parseTimeZone, type TimeZone, UTC } from '../time/time-zone.js';
import { InvalidTimeZoneError, ZonedQuery } from '../time/zoned-query.js';
import { InvalidRequestError, type Problem, problemsOf } from '../validation/problem.js';
import { knownPart } from './known-parts.js';
import { PREPARE_BODY, type PrepareBody, PreparesBody } from './prepared-body.js';
import { NO_OBJECT, readJson } from './read-json.js';

/** The classes that validate the parts of a call; parts without a class are not validated. */
export interface CallShape {
  readonly path?: Type<object>;
  readonly query?: Type<object>;
  readonly body?: Type<object>;
  /** A missing body counts as an empty object. */
  readonly bodyOptional?: boolean;
}

interface Accepted {
  path?: object | undefined;
  query?: object | undefined;
  body?: object;
  /** The JSON value of the body before validation. */
  sent?: unknown;
  zone: TimeZone;
}

type AcceptedRequest = Request & { acceptedParts?: Accepted };

const SHAPE = 'metronome:call-shape';
const NOTHING: Accepted = { zone: UTC };

/**
 * Validates all parts of a call together, so that one reply lists every problem. Runs after the guards, so that the
 * body of an unauthenticated request is not read. The time zone is validated last
 * (docs/spec/v1.md#11-requests-and-replies, "Order of checks").
 */
@Injectable()
export class AcceptsInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<AcceptedRequest>();
    const shape = this.reflector.get<CallShape>(SHAPE, context.getHandler());
    request.acceptedParts ??= await accept(shape, request, http.getResponse<Response>());
    return next.handle();
  }
}

/** Declares the parts of a call. {@link PathParts}, {@link Query} and {@link JsonBody} inject them. */
export const Accepts = (shape: CallShape) =>
  applyDecorators(
    SetMetadata(SHAPE, shape),
    UseInterceptors(AcceptsInterceptor),
    PreparesBody((context) => prepare(shape, context)),
  );

async function prepare(shape: CallShape, context: ExecutionContext): Promise<unknown> {
  const http = context.switchToHttp();
  const request = http.getRequest<AcceptedRequest>();
  request.acceptedParts ??= await accept(shape, request, http.getResponse<Response>());
  return request.acceptedParts.sent;
}

/**
 * Reads the body of a call for a guard that depends on it.
 * @throws BodyTooLargeError, InvalidRequestError
 */
export async function acceptedBody<Shape extends object>(context: ExecutionContext): Promise<Partial<Shape>> {
  const read = Reflect.getMetadata(PREPARE_BODY, context.getHandler()) as PrepareBody | undefined;
  await read?.(context);
  return acceptedOf(context).body ?? {};
}

const part = (name: 'path' | 'query' | 'body') =>
  createParamDecorator((_: unknown, context: ExecutionContext) => acceptedOf(context)[name]);

export const PathParts = part('path');
export const Query = part('query');
export const JsonBody = part('body');

/** The time zone of the date-times in the reply. */
export const ReplyZone = createParamDecorator((_: unknown, context: ExecutionContext) => replyZoneOf(context));

/** {@link ReplyZone} for use in other decorators. */
export const replyZoneOf = (context: ExecutionContext): TimeZone => acceptedOf(context).zone;

/** The validated body as an instance of its class; undefined before validation. */
export const fittedBody = (request: AcceptedRequest): object | undefined => request.acceptedParts?.body;

function acceptedOf(context: ExecutionContext): Accepted {
  return context.switchToHttp().getRequest<AcceptedRequest>().acceptedParts ?? NOTHING;
}

async function accept(shape: CallShape, request: Request, response: Response): Promise<Accepted> {
  const problems: Problem[] = [];
  // The body comes first, because 413 takes precedence over 422.
  const sent = shape.body ? await readJson(request, response, bodyLimit(request)).catch(keep(problems)) : undefined;
  const accepted: Accepted = { zone: UTC, sent };
  if (shape.path) accepted.path = fitPart(shape.path, request.params, 'path', problems);
  if (shape.query) accepted.query = fitPart(shape.query, request.query, 'query', problems);
  if (shape.body && !problems.some(({ loc }) => loc[0] === 'body')) {
    const body = sent === undefined && shape.bodyOptional ? {} : sent;
    accepted.body = fit(shape.body, body, 'body', problems);
  }
  if (problems.length > 0) throw new InvalidRequestError(problems);
  if (accepted.query instanceof ZonedQuery) accepted.zone = zoneOf(accepted.query.timezone);
  return accepted;
}

const bodyLimit = (request: Request): number => request.app.get('body max bytes') as number;

const keep = (problems: Problem[]) => (error: unknown) => {
  if (!(error instanceof InvalidRequestError)) throw error;
  problems.push(...error.problems);
};

function zoneOf(name: string | undefined | null): TimeZone {
  const zone = parseTimeZone(name ?? undefined);
  if (zone === undefined) throw new InvalidTimeZoneError(name ?? '');
  return zone;
}

/** {@link fit} for the path and the query; results are cached. */
function fitPart(type: Type<object>, value: object, where: string, problems: Problem[]): object | undefined {
  return knownPart(type, value, () => {
    const before = problems.length;
    const instance = fit(type, value, where, problems);
    return problems.length === before ? instance : undefined;
  });
}

const TOO_DEEP = { type: 'value_error', msg: 'Value error, nested too deeply', ctx: { error: {} } } as const;

const ownKeys = new Map<Type<object>, readonly string[]>();

/** The names of a class's fields. Every field has at least one rule. */
function keysOf(type: Type<object>): readonly string[] {
  const known = ownKeys.get(type);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  const keys = [...new Set(rules.map(({ propertyName }) => propertyName))];
  ownKeys.set(type, keys);
  return keys;
}

/**
 * Keeps only the keys that the class declares. Unknown keys are ignored (docs/spec/v1.md#11-requests-and-replies), and
 * class-transformer compares every key with every other.
 */
function ownPart(type: Type<object>, value: object): Record<string, unknown> {
  const given = value as Record<string, unknown>;
  const keys = keysOf(type).filter((key) => Object.hasOwn(given, key));
  return Object.fromEntries(keys.map((key) => [key, given[key]]));
}

/** @returns undefined when the value is nested too deeply for the stack */
function instanceOf<Shape extends object>(type: Type<Shape>, value: object): Shape | undefined {
  try {
    return plainToInstance(type, ownPart(type, value));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Converts a value to an instance of its class and adds every validation error to `problems`. */
export function fit<Shape extends object>(
  type: Type<Shape>,
  value: unknown,
  where: string,
  problems: Problem[],
): Shape {
  if (value === undefined) {
    problems.push({ type: 'missing', loc: [where], msg: 'Field required' });
    return new type();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({ ...NO_OBJECT, loc: [where], input: value });
    return new type();
  }
  const instance = instanceOf(type, value);
  if (instance === undefined) {
    problems.push({ ...TOO_DEEP, loc: [where] });
    return new type();
  }
  problems.push(...problemsOf(validateSync(instance, { whitelist: true, stopAtFirstError: true }), [where]));
  return instance;
}
