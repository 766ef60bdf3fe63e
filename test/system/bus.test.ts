/** Hints between two managers of one database, over a real nats-server: what arrives, what is refused, and what happens without one. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'
import type { Hints } from '#manager/bus/bus.ts'
import { type BusOptions, databaseId, openBus, type OpenedBus } from '#manager/bus/open.ts'
import { type ObjectSigner, objectSigner } from '#manager/fleet/signer.ts'
import { type Opened, openState } from '#manager/open.ts'
import { announce, publishState } from '#manager/state/publish.ts'
import { natsServer } from './bus/nats-server.ts'
import { testAuthority } from './fleet/authority.ts'
import { readyState } from './manager/start.ts'
import { until } from './until.ts'

const token = 'a-token-of-this-test'
const looks = { up: 60_000, down: 100 }
const quiet = (): Promise<void> => sleep(150)

let state: string
let opened: Opened
let signer: ObjectSigner
before(async () => {
  state = await readyState()
  opened = await openState({ state })
  signer = objectSigner(state)
})
after(async () => {
  await Promise.all(open.map((bus) => bus.close()))
  await opened.close()
})

interface Listening {
  readonly bus: OpenedBus
  readonly states: Hints['state'][]
  readonly cuts: Hints['cut'][]
  readonly changed: Hints['changed'][]
  readonly alarms: (string | undefined)[]
}
const open: OpenedBus[] = []
const manager = async (nats: BusOptions['nats'], more: Partial<BusOptions> = {}): Promise<Listening> => {
  const alarms: (string | undefined)[] = []
  const bus = await openBus({
    nats,
    db: opened.db,
    signer,
    id: 'one',
    now: Date.now,
    onFault: (error) => assert.fail(String(error)),
    onAlarm: (alarm) => void alarms.push(alarm),
    looks,
    ...more,
  })
  open.push(bus)
  const heard: Listening = { bus, states: [], cuts: [], changed: [], alarms }
  bus.subscribe('state', (hint) => heard.states.push(hint))
  bus.subscribe('cut', (hint) => heard.cuts.push(hint))
  bus.subscribe('changed', (hint) => heard.changed.push(hint))
  return heard
}
const both = async (nats: NonNullable<BusOptions['nats']>) => {
  const [a, b] = [await manager(nats), await manager(nats)]
  await until('both are connected', () => a.bus.isUp() && b.bus.isUp())
  return { a, b, end: () => Promise.all([a.bus.close(), b.bus.close()]) }
}

/** Writes an order as the orders room does. */
const order = (id: string) =>
  opened.trail.change(async (tx, write) => {
    await write({ actor: 'test', action: 'orders.contain', object: id })
    const common = { id, by: 'test', reason: 'test', at: Date.now(), ip: '198.18.7.7', expires: Date.now() + 60_000 }
    return publishState(tx, signer, {
      type: 'order',
      scope: { level: 'site', site: 's1' },
      action: 'contain',
      ...common,
    })
  })

describe('two managers and a NATS server', () => {
  let server: Awaited<ReturnType<typeof natsServer>>
  let url: string
  before(async () => {
    server = await natsServer(`authorization { token: "${token}" }`)
    url = `nats://${token}@127.0.0.1:${server.port}`
  })
  after(() => server.kill())

  test('what one publishes both hear, each once, and who published it hears it at once', async () => {
    const { a, b, end } = await both({ url })
    const published = await order('order-1')
    announce(a.bus, published)
    assert.deepEqual(a.states, [published])
    await until('the other hears it', () => b.states.length > 0)
    a.bus.publish('changed', { kind: 'orders', id: 'order-1' })
    a.bus.publish('cut', { edges: [{ site: 's1', edge: 'e1' }], except: 'two', why: 'dialled anew' })
    await until('the other hears that too', () => b.cuts.length > 0)
    await quiet()
    // A look into the database may have found it, too.
    assert.deepEqual([...new Set(b.states.map((one) => JSON.stringify(one)))], [JSON.stringify(published)])
    assert.deepEqual(b.changed, [{ kind: 'orders', id: 'order-1' }])
    assert.deepEqual(b.cuts, [{ edges: [{ site: 's1', edge: 'e1' }], except: 'two', why: 'dialled anew' }])
    assert.deepEqual([a.states.length, a.cuts.length, a.changed.length], [1, 1, 1])
    await end()
  })

  test('a cut of five thousand edges arrives whole', async () => {
    const { a, b, end } = await both({ url })
    const edges = Array.from({ length: 5000 }, (_, index) => ({ site: `site-${index % 9}`, edge: `edge-${index}` }))
    a.bus.publish('cut', { edges, why: 'test' })
    await until('all of them', () => b.cuts.flatMap((cut) => cut.edges).length === edges.length)
    assert.deepEqual(
      b.cuts.flatMap((cut) => cut.edges),
      edges,
    )
    await end()
  })

  test('who may speak to the NATS server and is no manager is not believed', async () => {
    const { a, b, end } = await both({ url })
    const subject = `bulkhead.${await databaseId(opened.db, signer)}`
    const stranger = await connect({ servers: `127.0.0.1:${server.port}`, token })
    const theirs = objectSigner(mkdtempSync(join(state, 'stranger-')))
    const published = await order('order-2')
    const body = { ...JSON.parse(published.object.body), scope: { level: 'fleet' } }
    const edges = [{ site: 's1', edge: 'e1' }]
    const signed = (by: ObjectSigner, topic: string, at: number) =>
      by.sign({ type: 'hint', topic, at, hint: { edges, why: 'go away' } })
    const forgeries: Record<string, [topic: string, message: unknown]> = {
      'an object that another key signed': ['state', { ...published, object: theirs.sign(body) }],
      'another body under our signature': [
        'state',
        { ...published, object: { ...published.object, body: JSON.stringify(body) } },
      ],
      'our object with a wider scope around it': ['state', { ...published, scope: { level: 'fleet' } }],
      'our object under another number': ['state', { ...published, revision: 99 }],
      'our object as of another stream': ['state', { ...published, stream: 'permits' }],
      'an object of ours that is no state': ['state', { ...published, object: signer.sign({ type: 'hint' }) }],
      'a cut without a signature': ['cut', { edges, why: 'go away' }],
      'a cut that another key signed': ['cut', signed(theirs, 'cut', Date.now())],
      'a cut of ours from yesterday': ['cut', signed(signer, 'cut', Date.now() - 86_400_000)],
      'a policy hint of ours as a cut': ['cut', signed(signer, 'changed', Date.now())],
      'no JSON': ['cut', '{'],
      'a megabyte': ['changed', 'x'.repeat(1_000_000)],
    }
    const names = Object.keys(forgeries)
    for (const [topic, message] of Object.values(forgeries))
      stranger.publish(`${subject}.${topic}`, typeof message === 'string' ? message : JSON.stringify(message))
    await stranger.flush()
    announce(a.bus, published)
    await until('the true one arrives', () => b.states.length > 0)
    // It may be found in the database as well: hints come at least once.
    for (const heard of b.states) assert.deepEqual(heard, published)
    assert.deepEqual([b.cuts, b.changed], [[], []])
    // The one that is too long is dropped before anybody reads it.
    assert.equal(b.bus.refused(), names.length - 1, names.join(', '))
    await stranger.close()
    await end()
  })

  test('without the server: an alarm, what happens here is heard here, and what others wrote is found in the database', async () => {
    const { a, b, end } = await both({ url })
    await server.kill()
    await until('both raise an alarm', () => a.bus.alarm() !== undefined && b.bus.alarm() !== undefined)
    assert.doesNotMatch(String(a.bus.alarm()), new RegExp(token))
    const published = await order('order-3')
    announce(a.bus, published)
    assert.deepEqual(a.states.at(-1), published)
    await until('the other finds it', () => b.states.some(({ revision }) => revision === published.revision))
    assert.deepEqual(b.states.at(-1), published)
    const at = new Date()
    await opened.db.insertInto('sites').values({ name: 's1', created: at }).execute()
    await opened.db.insertInto('edges').values({ site: 's1', name: 'e1', created: at, revoked: at }).execute()
    await until('a revocation is found as well', () => b.cuts.length > 0)
    assert.deepEqual(b.cuts, [{ edges: [{ site: 's1', edge: 'e1' }], why: 'the edge was revoked' }])
    await server.begin()
    await until('both are connected again', () => a.bus.isUp() && b.bus.isUp())
    const next = await order('order-4')
    announce(b.bus, next)
    await until('and hear each other', () => a.states.some(({ revision }) => revision === next.revision))
    // Once when it was lost, and once when it was there again.
    assert.equal(a.alarms.length, 2)
    await end()
  })

  test('a wrong token is an alarm that does not say the token, and no outage', async () => {
    const lone = await manager({ url: `nats://wrong-${token}@127.0.0.1:${server.port}` })
    await until('an alarm', () => lone.bus.alarm() !== undefined)
    assert.match(String(lone.bus.alarm()), /NATS cannot be reached/)
    assert.doesNotMatch(String(lone.bus.alarm()), new RegExp(token))
    const published = await order('order-5')
    await until('found in the database', () => lone.states.some(({ revision }) => revision === published.revision))
    await lone.bus.close()
  })
})

describe('a NATS server behind TLS', () => {
  test('with the authority of its certificate the managers hear each other, with another one they do not', async () => {
    const authority = testAuthority()
    const folder = mkdtempSync(join(state, 'tls-'))
    const file = (name: string, text: string): string => (writeFileSync(join(folder, name), text), join(folder, name))
    const { cert, key } = authority.server
    const tls = `tls { cert_file: "${file('server.crt', cert)}", key_file: "${file('server.key', key)}" }`
    const server = await natsServer(tls)
    const url = `tls://127.0.0.1:${server.port}`
    const { a, b, end } = await both({ url, ca: file('ca.crt', authority.certificate) })
    a.bus.publish('changed', { kind: 'orders', id: '1' })
    await until('heard', () => b.changed.length === 1)
    await end()
    const lone = await manager({ url, ca: file('other.crt', testAuthority().certificate) })
    await until('an alarm', () => lone.bus.alarm() !== undefined)
    assert.equal(lone.bus.isUp(), false)
    await lone.bus.close()
    await server.kill()
  })
})
