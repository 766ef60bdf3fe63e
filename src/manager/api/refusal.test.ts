import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { idPattern } from '#core/id.ts'
import { loggedError, problems } from './refusal.ts'

const Request = z.strictObject({
  id: z.string().regex(idPattern).optional(),
  network: z.union([z.ipv4(), z.cidrv4()]).optional(),
  score: z.number().int().min(10).max(100).optional(),
  reason: z.string().min(3).optional(),
  target: z.strictObject({ url: z.string() }).optional(),
  name: z
    .string()
    .regex(/^[a-z]+$/, 'a name of small letters')
    .optional(),
})

describe('what a request has wrong is said for people:', () => {
  for (const { name, value, says } of [
    { name: 'an id', value: { id: 'zzz' }, says: ['id: it takes an id such as 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ'] },
    {
      name: 'an address or a network',
      value: { network: 'zzz' },
      says: ['network: it takes an IPv4 address, or a network such as 198.18.1.0/24'],
    },
    { name: 'no number', value: { score: Number.NaN }, says: ['score: it takes a number'] },
    { name: 'a number beyond its bounds', value: { score: 500 }, says: ['score: it takes a number not above 100'] },
    { name: 'a text that is too short', value: { reason: 'x' }, says: ['reason: it takes at least 3 characters'] },
    { name: 'what is missing', value: { target: {} }, says: ['target.url: it is missing'] },
    { name: 'what is too much', value: { zones: 1, edges: 2 }, says: ['it takes no zones, edges'] },
    {
      name: 'in the words of the schema, where it has any',
      value: { name: '1' },
      says: ['name: a name of small letters'],
    },
  ])
    test(name, () => {
      const { error } = Request.safeParse(value)
      assert.ok(error !== undefined)
      assert.deepEqual(problems(error), says)
    })
})

test('an error of the database is loggedError without the row that it is about', () => {
  const error = Object.assign(new Error('violates a check; postgres://ann:hunter2@db/x'), {
    code: '23514',
    detail: 'Failing row contains (ann, hunter2).',
    where: 'hunter2',
  })
  const { stack, ...rest } = loggedError(error)
  assert.deepEqual(rest, { type: 'Error', message: 'violates a check; postgres://…@db/x', code: '23514' })
  assert.match(stack, /refusal\.test\.ts/)
  assert.doesNotMatch(stack, /hunter2/)
})
