/** An account has so many API tokens: of those that can still be used. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import * as z from 'zod'
import { Tokens } from '#schema/manager-api.ts'
import { password, type Started, startSetUp } from './manager/start.ts'

let one: Started
let cookie = ''
before(async () => {
  one = await startSetUp()
  cookie = await one.logIn('ann')
})
after(() => one.end())

const make = (name: string) =>
  one.send({
    method: 'POST',
    path: '/v1/me/tokens',
    cookie,
    body: { name, scopes: ['system:read'], days: 1, current: password },
  })
const names = async (): Promise<string[]> =>
  Tokens.parse((await one.send({ path: '/v1/me/tokens', cookie })).body).tokens.map(({ name }) => name)

it('those that ended do not count, are seen until their room is wanted, and go then', async () => {
  const { db } = one.manager.context
  const { id } = await db.selectFrom('users').select('id').where('name', '=', 'ann').executeTakeFirstOrThrow()
  const row = (n: number, expires: number) => ({
    id: String(n).padStart(26, '0'),
    user_id: id,
    name: `${expires < Date.now() ? 'ended' : 'good'} ${n}`,
    hash: `hash-${n}`,
    scopes: [],
    created: new Date(0),
    expires: new Date(expires),
    used: null,
  })
  const [past, coming] = [Date.now() - 1000, Date.now() + 86_400_000]
  await db
    .insertInto('tokens')
    .values(Array.from({ length: 49 }, (_, n) => row(n, n < 20 ? past : coming)))
    .execute()
  assert.equal((await make('fiftieth')).status, 201)
  assert.equal((await names()).filter((name) => name.startsWith('ended')).length, 20)
  assert.equal((await make('more')).status, 201)
  assert.equal((await names()).filter((name) => name.startsWith('ended')).length, 0)
  await db
    .insertInto('tokens')
    .values(Array.from({ length: 19 }, (_, n) => row(100 + n, coming)))
    .execute()
  const refused = await make('too many')
  const { error } = z.object({ error: z.object({ code: z.string(), what: z.string() }) }).parse(refused.body)
  assert.deepEqual([refused.status, error.code], [409, 'conflict'])
  assert.match(error.what, /50 tokens that have not ended/)
})
