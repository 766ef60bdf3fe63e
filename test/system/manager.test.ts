/** The manager with a real PostgreSQL: first run, accounts, every route with every role, and what is refused. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as z from 'zod'
import { beginAttempt } from '#manager/accounts/attempts.ts'
import { changePassword, prove, startTotp, stopTotp } from '#manager/accounts/own.ts'
import { hotp, fromBase32, stepAt } from '#manager/accounts/totp.ts'
import { openApi } from '#manager/api/openapi.ts'
import type { Access } from '#manager/api/route.ts'
import { otherRoutes, routes } from '#manager/api/routes.ts'
import { Refusal } from '#manager/exchange/taxii/answers.ts'
import { MadeToken, Problem, roleNames, TotpStart, User } from '#schema/manager-api.ts'
import { freshState, password, type Reply, start, type Started, startSetUp } from './manager/start.ts'

const codeOf = ({ body }: Reply): string => Refusal.safeParse(body).data?.error_code ?? Problem.parse(body).error.code
const is = (reply: Reply, status: number, code: string): void => {
  assert.deepEqual([reply.status, codeOf(reply)], [status, code], JSON.stringify(reply.body))
}

describe('the first run', () => {
  let one: Started
  let clock = Date.now()
  // Requests per minute are limited by the machine's own time: what is tried here is the delay by the clock of the manager.
  const limits = { guesses: 200 }
  before(async () => void (one = await start({ now: () => clock, state: freshState(), limits })))
  after(() => one.end())
  const setUp = (code: unknown) =>
    one.send({ method: 'POST', path: '/v1/setup', body: { code, name: 'ann', password } })

  it('lets nobody in by a default password', async () => {
    for (const name of ['admin', 'root', 'bulkhead'])
      is(await one.send({ method: 'POST', path: '/v1/login', body: { name, password: name } }), 401, 'unauthenticated')
  })
  it('takes no wrong code', async () => is(await setUp('AAAA-AAAA-AAAA-AAAA-AAAA'), 403, 'forbidden'))
  it('takes no weak password', async () => {
    const body = { code: one.manager.setup?.code, name: 'ann', password: 'short' }
    is(await one.send({ method: 'POST', path: '/v1/setup', body }), 400, 'usage')
  })
  it('takes no code after 30 minutes', async () => {
    const then = clock
    clock += 30 * 60_000
    is(await setUp(one.manager.setup?.code), 403, 'forbidden')
    clock = then + 10_000
  })
  it('makes one administrator, and only one', async () => {
    assert.equal((await setUp(one.manager.setup?.code)).status, 201)
    is(await setUp(one.manager.setup?.code), 409, 'conflict')
  })
  it('wrote neither code nor password to the log', () => {
    const text = one.log.join('')
    assert.ok(text.length > 0)
    assert.ok(!text.includes(password) && !text.includes(one.manager.setup!.code))
  })

  describe('a second factor', () => {
    let secret = ''
    const code = (): string => hotp(fromBase32(secret), stepAt(clock))
    const logIn = (totp?: string) =>
      one.send({ method: 'POST', path: '/v1/login', body: { name: 'ann', password, ...(totp && { totp }) } })
    it('is switched on with its first code', async () => {
      const cookie = await one.logIn('ann')
      const begun = await one.send({ method: 'POST', path: '/v1/me/totp', cookie, body: { current: password } })
      ;({ secret } = TotpStart.parse(begun.body))
      const path = '/v1/me/totp/confirm'
      assert.equal((await one.send({ method: 'POST', path, cookie, body: { code: code() } })).status, 200)
    })
    it('is asked for', async () => is(await logIn(), 401, 'unauthenticated'))
    it('takes no step twice', async () => {
      is(await logIn(code()), 401, 'unauthenticated')
      clock += 30_000
      const fresh = code()
      assert.equal((await logIn(fresh)).status, 200)
      is(await logIn(fresh), 401, 'unauthenticated')
    })
    it('is guessed as slowly by who shows the right password after each guess', async () => {
      clock += 3_700_000
      const replies: Reply[] = []
      for (let n = 0; n < 4; n++) replies.push(await logIn('000000'), await logIn())
      assert.deepEqual(
        replies.map(({ status }) => status),
        [401, 401, 401, 401, 401, 429, 429, 429],
      )
      assert.match(JSON.stringify(replies[1]?.body), /has a second factor/)
    })
  })

  it('makes guessing slow, also with the right password then', async () => {
    clock += 3_700_000
    const guess = (word: string) =>
      one.send({ method: 'POST', path: '/v1/login', body: { name: 'nobody-here', password: word } })
    const replies = []
    for (let n = 0; n < 4; n++) replies.push(await guess(`wrong ${n}`))
    assert.deepEqual(
      replies.map((reply) => reply.status),
      [401, 401, 401, 429],
    )
    assert.ok(Number(replies[3]?.headers['retry-after']) >= 1)
  })
  it('makes guessing slow for who has many addresses: a network of IPv6 counts as one', async () => {
    const guess = (n: number) => beginAttempt(one.manager.context.db, `name-${n}`, `fd00:198:18::${n + 1}`, clock)
    for (let n = 0; n < 10; n++) await guess(n)
    await assert.rejects(guess(10), { code: 'too-many-requests' })
  })
})

describe('who may do what', () => {
  /** Written out by hand: the table in the code must not be its own proof. */
  const allowed: Record<Exclude<Access, 'public'>, readonly string[]> = {
    known: ['viewer', 'operator', 'engineer', 'approver', 'admin'],
    'account:self': ['viewer', 'operator', 'engineer', 'approver', 'admin'],
    'system:read': ['viewer', 'operator', 'engineer', 'approver', 'admin'],
    'events:read': ['operator', 'engineer', 'approver', 'admin'],
    'audit:read': ['engineer', 'approver', 'admin'],
    'users:read': ['admin'],
    'users:write': ['admin'],
    'fleet:read': ['viewer', 'operator', 'engineer', 'approver', 'admin'],
    'fleet:write': ['admin'],
    'policy:read': ['viewer', 'operator', 'engineer', 'approver', 'admin'],
    'policy:write': ['engineer', 'admin'],
    'policy:approve': ['approver', 'admin'],
    'policy:publish': ['engineer', 'admin'],
    'orders:read': ['viewer', 'operator', 'engineer', 'approver', 'admin'],
    'orders:write': ['operator', 'engineer', 'approver', 'admin'],
    'orders:approve': ['approver', 'admin'],
    'risk:read': ['viewer', 'operator', 'engineer', 'approver', 'admin'],
    'risk:write': ['approver', 'admin'],
    'exchange:read': ['operator', 'engineer', 'approver', 'admin'],
    'exchange:write': ['admin'],
  }
  let one: Started
  const cookies = new Map<string, string>()
  const missing = '01KAJ3Q4V8ZZZZZZZZZZZZZZZZ'
  before(async () => {
    one = await startSetUp({ limits: { guesses: 1000, perAddress: 100_000, perAccount: 100_000 } })
    const admin = await one.logIn('ann')
    for (const role of roleNames) {
      const body = { name: role, role, password }
      assert.equal((await one.send({ method: 'POST', path: '/v1/users', cookie: admin, body })).status, 201)
      cookies.set(role, await one.logIn(role))
    }
  })
  after(() => one.end())

  const inventory = [...routes, ...otherRoutes.filter(({ type }) => type !== 'text/event-stream')]
  for (const { method, path, access } of inventory) {
    // Logging out is what it does: the last of the tests does that.
    if (path === '/v1/logout' || access === 'public') continue
    const real = path.replaceAll(/:\w+/g, missing)
    it(`${method} ${path} wants ${access}`, async () => {
      is(await one.send({ method, path: real }), 401, 'unauthenticated')
      is(await one.send({ method, path: real, token: `bhk_${'x'.repeat(43)}` }), 401, 'unauthenticated')
      for (const role of roleNames) {
        const reply = await one.send({ method, path: real, cookie: cookies.get(role)! })
        const may = allowed[access].includes(role)
        if (may) assert.ok(![401, 403].includes(reply.status), `${role}: ${JSON.stringify(reply.body)}`)
        else is(reply, 403, 'forbidden')
      }
    })
  }

  it('an API token does what its scopes and the role allow, and nothing personal', async () => {
    const make = (role: string, scopes: string[], current: string | undefined = password) =>
      one.send({
        method: 'POST',
        path: '/v1/me/tokens',
        cookie: cookies.get(role)!,
        body: { current, name: 'robot', scopes },
      })
    is(await make('viewer', ['users:write']), 403, 'forbidden')
    // It outlives the session, so an open screen is not enough.
    is(await make('admin', ['users:read'], 'a wrong horse battery'), 403, 'forbidden')
    const { secret, token } = MadeToken.parse((await make('admin', ['users:read'])).body)
    assert.equal((await one.send({ path: '/v1/users', token: secret })).status, 200)
    is(await one.send({ path: '/v1/audit', token: secret }), 403, 'forbidden')
    is(await one.send({ path: '/v1/me/sessions', token: secret }), 403, 'forbidden')
    const path = `/v1/tokens/${token.id}`
    assert.equal((await one.send({ method: 'DELETE', path, cookie: cookies.get('admin')! })).status, 200)
    is(await one.send({ path: '/v1/users', token: secret }), 401, 'unauthenticated')
  })
  it('a password that was proven changes nothing once an administrator has set another', async () => {
    const cookie = cookies.get('admin')!
    const body = { name: 'mallory', role: 'viewer', password }
    const { id } = User.parse((await one.send({ method: 'POST', path: '/v1/users', cookie, body })).body)
    const { context } = one.manager
    const proven = await prove(context, id, password, 'local')
    const other = 'wrong horse battery'
    const reply = await one.send({ method: 'PATCH', path: `/v1/users/${id}`, cookie, body: { password: other } })
    assert.equal(reply.status, 200)
    await assert.rejects(changePassword(context, proven, 'a third horse battery', ''), /meanwhile/)
    await assert.rejects(startTotp(context, proven), /meanwhile/)
    await assert.rejects(stopTotp(context, proven), /meanwhile/)
    await prove(context, id, other, 'local')
  })
  it("a page of another site cannot use a person's cookie", async () => {
    const cookie = cookies.get('admin')!
    const headers = { origin: 'https://evil.example' }
    is(await one.send({ method: 'POST', path: '/v1/users', cookie, headers, body: {} }), 403, 'forbidden')
  })
  it('the last administrator stays, and a disabled account is out at once', async () => {
    const cookie = cookies.get('admin')!
    const users = z.object({ users: z.array(User) }).parse((await one.send({ path: '/v1/users', cookie })).body).users
    const id = (name: string): string => users.find((user) => user.name === name)!.id
    const patch = (name: string, body: object) =>
      one.send({ method: 'PATCH', path: `/v1/users/${id(name)}`, cookie, body })
    assert.equal((await patch('ann', { role: 'viewer' })).status, 200)
    is(await patch('admin', { role: 'viewer' }), 409, 'conflict')
    assert.equal((await patch('viewer', { disabled: true })).status, 200)
    is(await one.send({ path: '/v1/me', cookie: cookies.get('viewer')! }), 401, 'unauthenticated')
  })

  describe('the OpenAPI document', () => {
    const Operation = z.object({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) })
    const Document = z.object({
      openapi: z.literal('3.1.0'),
      paths: z.record(z.string(), z.record(z.string(), Operation)),
    })
    it('is served, and has every route once', async () => {
      const { body } = await one.send({ path: '/v1/openapi.json' })
      assert.deepEqual(body, JSON.parse(JSON.stringify(openApi('0.0.0'))))
      const operations = Object.values(Document.parse(body).paths).flatMap((path) => Object.values(path))
      assert.equal(operations.length, routes.length + otherRoutes.length)
      assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
    })
    it('names each way to say who asks, Basic too', async () => {
      const { body } = await one.send({ path: '/v1/openapi.json' })
      const secured = z.object({
        paths: z.object({
          '/taxii2/': z.object({ get: z.object({ security: z.array(z.record(z.string(), z.array(z.never()))) }) }),
        }),
        components: z.object({ securitySchemes: z.object({ basic: z.looseObject({ scheme: z.literal('basic') }) }) }),
      })
      assert.deepEqual(secured.parse(body).paths['/taxii2/'].get.security, [
        { session: [] },
        { token: [] },
        { basic: [] },
      ])
    })
    for (const { method, path, answer, query, access } of routes) {
      if (method !== 'GET' || path.includes(':')) continue
      it(`tells what GET ${path} answers`, async () => {
        const url = query === undefined ? path : `${path}?limit=5`
        const reply = await one.send({ path: url, ...(access === 'public' ? {} : { cookie: cookies.get('admin')! }) })
        assert.equal(reply.status, 200)
        answer.parse(reply.body)
      })
    }
  })

  it('a log-out ends the session at once', async () => {
    const cookie = cookies.get('operator')!
    assert.equal((await one.send({ method: 'POST', path: '/v1/logout', cookie })).status, 200)
    is(await one.send({ path: '/v1/me', cookie }), 401, 'unauthenticated')
  })
})
