import type * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { type Operation, type RequestOf, requests } from '#schema/control.ts'
import type { Answers, Operations } from '../operations.ts'

const most = 20

/** One line per wrong field: `ip: an IPv4 or IPv6 address such as 198.18.1.10`. */
export const problems = (error: z.ZodError): string[] =>
  error.issues
    .slice(0, most)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))

const schemas: { readonly [O in Operation]: z.ZodType<RequestOf<O>> } = requests

export const isOperation = (name: string): name is Operation => Object.hasOwn(requests, name)

/**
 * Checks the body of one request and carries it out.
 * @param by who the order is recorded as, given what the body claims
 * @throws Fault `usage` with one detail per wrong field
 */
export const perform = async <O extends Operation>(
  operations: Operations,
  name: O,
  body: unknown,
  by: (claimed: unknown) => string,
): Promise<Answers[O]> => {
  const signed = 'by' in requests[name].shape && isRecord(body) ? { ...body, by: by(body['by']) } : body
  const request = schemas[name].safeParse(signed)
  if (!request.success)
    throw new Fault('usage', `The edge cannot take this \`${name}\`.`, { details: problems(request.error) })
  return operations[name](request.data)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
