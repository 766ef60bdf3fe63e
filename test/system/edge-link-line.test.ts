/** The edge's side of the link without a kernel: enrolment, certificates, dialling, the outbox over a real connection. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import { enrol } from '#edge/link/enrol.ts'
import { deviceKey, readEnrolled } from '#edge/link/files.ts'
import { openSession, type Session, type StateFrame } from '#edge/link/session.ts'
import { openStore, type Store } from '#edge/store/open.ts'
import { verifier } from '#edge/audit/verify.ts'
import type { EventDraft } from '#schema/event.ts'
import type { Digest } from '#schema/link-frames.ts'
import { makeAuthority } from './edge-link/authority.ts'
import { namesOf, Peer, type PeerOptions, startPeer } from './edge-link/peer.ts'
import { until } from './until.ts'

const identity = { site: 'riverside', edge: 'cell-edge' }
const root = mkdtempSync(join(tmpdir(), 'bulkhead-line-'))
const ends: (() => Promise<void> | void)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
  rmSync(root, { recursive: true, force: true })
})
let states = 0
const newState = (): string => join(root, `state-${states++}`)

const patience = { everyMs: 5 }

const peerOf = async (options: Partial<PeerOptions> = {}): Promise<Peer> => {
  const peer = await startPeer({ identity, ...options })
  ends.push(() => peer.stop())
  return peer
}
const digest: Digest = {
  type: 'digest',
  at: 1,
  policy: { revision: 0, digest: '0'.repeat(64), state: 'local', intact: true },
  streams: [],
  status: 'observing',
  alarms: [],
  waiting: 0,
}

interface Linked {
  readonly store: Store
  readonly session: Session
  readonly frames: StateFrame[]
  readonly told: EventDraft[]
  add(...drafts: readonly EventDraft[]): void
  close(): Promise<void>
}

const link = (state: string, pulseMs = 20_000, path = join(state, 'edge.db')): Linked => {
  const enrolled = readEnrolled(state)
  assert.ok(enrolled !== undefined)
  const store = openStore({ path })
  store.identify(identity)
  const frames: StateFrame[] = []
  const told: EventDraft[] = []
  const add = (...drafts: readonly EventDraft[]): void => session.stored(store.events.append(...drafts))
  const session = openSession({
    state,
    version: '0.1.0',
    enrolled,
    key: deviceKey(state),
    store,
    have: () => ({ policy: 0, orders: 0, permits: 0, risk: 0 }),
    digest: () => digest,
    onFrame: (frame) => frames.push(frame),
    record: (event) => {
      told.push(event)
      add(event)
    },
    alarm: () => {},
    pulseMs,
    chance: () => 0.05,
  })
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await session.close()
    store.close()
  }
  ends.push(close)
  return { store, session, frames, told, add, close }
}

const enrolled = async (peer: Peer): Promise<string> => {
  const state = newState()
  await enrol({ token: peer.token(), state, version: '0.1.0' })
  return state
}

const isFault = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, words)
  return true
}

describe('enrolment', () => {
  it('proves the key, keeps what it gets for its owner only, and repeats a lost answer', async () => {
    const peer = await peerOf()
    const state = await enrolled(peer)
    const first = readEnrolled(state)
    assert.equal(namesOf(first?.certificate ?? ''), 'URI:spiffe://test.example/site/riverside/edge/cell-edge')
    const key = readFileSync(join(state, 'link/device.key'), 'utf8')
    for (const file of readdirSync(join(state, 'link')))
      assert.equal(statSync(join(state, 'link', file)).mode & 0o777, 0o600)
    await enrol({ token: peer.token(), state, version: '0.1.0' })
    assert.equal(readFileSync(join(state, 'link/device.key'), 'utf8'), key)
    assert.equal(peer.enrolments, 2)
  })

  const refusals: readonly [name: string, token: (peer: Peer) => string, code: string, words: RegExp, edge?: string][] =
    [
      [
        'an authority that the token does not name',
        (peer) => peer.token({ ca: 'a'.repeat(64) }),
        'refused',
        /nothing was sent/,
      ],
      ['what is no token', () => 'bhe_AAAA', 'usage', /no enrolment token/],
      ['a token for another edge', (peer) => peer.token(), 'refused', /is for the edge "cell-edge"/, 'other-edge'],
      ['a manager that is not there', (peer) => tokenFor(peer), 'manager-unreachable', /No manager/],
    ]
  const tokenFor = (peer: Peer): string =>
    `bhe_${Buffer.from(JSON.stringify({ urls: ['wss://127.0.0.1:1'], ca: peer.authority.hash, secret: peer.secret })).toString('base64url')}`
  for (const [name, token, code, words, edge] of refusals)
    it(`refuses ${name}, and keeps nothing`, async () => {
      const peer = await peerOf()
      const state = newState()
      const more = edge === undefined ? {} : { edge }
      await assert.rejects(enrol({ token: token(peer), state, version: '0', ...more }), isFault(code, words))
      assert.equal(readEnrolled(state), undefined)
      if (code !== 'refused' || edge === undefined) assert.equal(peer.enrolments, 0)
    })

  it('refuses a second manager while it has one', async () => {
    const [one, other] = [await peerOf(), await peerOf()]
    const state = await enrolled(one)
    await assert.rejects(enrol({ token: other.token(), state, version: '0' }), isFault('refused', /another manager/))
  })

  it('does not send the secret to one who shows the right authority without its key', async () => {
    const peer = await peerOf()
    const other = makeAuthority(peer.authority.called)
    const server = { cert: other.server.cert + peer.authority.certificate, key: other.server.key }
    const liar = await peerOf({ authority: { ...peer.authority, server } })
    const state = newState()
    await assert.rejects(
      enrol({ token: liar.token(), state, version: '0' }),
      isFault('manager-unreachable', /No manager/),
    )
    assert.equal(liar.enrolments, 0)
  })
})

describe('the line', { concurrency: true }, () => {
  it('comes back when it is cut, and goes on after what was acknowledged', async () => {
    const peer = await peerOf()
    const here = link(await enrolled(peer))
    here.add({ kind: 'start' }, { kind: 'denial' }, { kind: 'denial' }, { kind: 'would-deny' })
    await until('all classes arrive', () => peer.of('P2').length === 1 && peer.of('P1').length === 2, patience)
    peer.cut()
    here.add({ kind: 'denial' })
    await until('it is back', () => peer.of('P1').length === 3, patience)
    assert.deepEqual(
      peer.of('P1').map(({ seq }) => seq),
      here.store.events
        .search({ class: 'P1' })
        .map(({ seq }) => seq)
        .toReversed(),
    )
    assert.equal(peer.again, 0)
    assert.equal(here.told.filter(({ kind }) => kind === 'manager-lost').length, 0, 'a blink is no loss')
  })

  it('sends again what was not acknowledged, and the manager sees each once', async () => {
    const peer = await peerOf()
    peer.acknowledging = false
    const here = link(await enrolled(peer))
    here.add(...Array.from({ length: 1200 }, (): EventDraft => ({ kind: 'denial' })))
    await until('it stands', () => peer.connected && here.session.state().connected, patience)
    await sleep(50)
    assert.equal(peer.of('P1').length, 0)
    peer.acknowledging = true
    peer.cut()
    await until('everything arrives', () => peer.of('P1').length === 1200, patience)
    assert.equal(new Set(peer.of('P1').map(({ seq }) => seq)).size, 1200)
  })

  it('notices a manager that gives no sign of life, and tells that it is alone', async () => {
    const peer = await peerOf()
    const here = link(await enrolled(peer), 40)
    await until('it stands', () => here.session.state().connected, patience)
    peer.alive = false
    await until('it is noticed', () => !here.session.state().connected, patience)
    assert.match(here.session.state().problem ?? '', /no sign of life/)
    await until('it is told', () => here.told.some(({ kind }) => kind === 'manager-lost'), patience)
    peer.alive = true
    await until('it is found', () => here.told.filter(({ kind }) => kind === 'manager-found').length === 2, patience)
  })

  it('waits as long as the manager asks', async () => {
    const peer = await peerOf()
    const state = await enrolled(peer)
    peer.refusing = { type: 'refused', code: 'busy', text: 'too many at once', wait: 1 }
    const here = link(state)
    await until('it is refused', () => peer.hellos.length === 1, patience)
    const at = performance.now()
    peer.refusing = undefined
    await until('it stands', () => here.session.state().connected, patience)
    assert.ok(performance.now() - at >= 950, 'it came too early')
  })

  it('renews its certificate over the line at half its life, and by a request when it has ended', async () => {
    const peer = await peerOf({ life: 900 })
    const state = await enrolled(peer)
    const before = readEnrolled(state)?.until ?? 0
    const here = link(state)
    await until('it renews', () => (readEnrolled(state)?.until ?? 0) > before, patience)
    await here.close()
    const held = readEnrolled(state)?.until ?? 0
    await sleep(Math.max(0, held - Date.now()) + 20)
    peer.life = 86_400_000
    const again = link(state)
    await until('it stands', () => again.session.state().connected, patience)
    assert.ok((readEnrolled(state)?.until ?? 0) > held + 1000)
  })

  it('ends with words that are no frame, and records it once however often it happens', async () => {
    const peer = await peerOf()
    const here = link(await enrolled(peer))
    for (const words of [
      '{',
      '[]',
      '{"type":"welcome"}',
      '{"type":"state","stream":"orders","from":0,"to":1,"objects":[1]}',
    ]) {
      await until('it stands', () => here.session.state().connected, patience)
      peer.raw(words)
      await until('it ends', () => !here.session.state().connected, patience)
    }
    assert.equal(here.told.filter(({ kind }) => kind === 'tamper').length, 1)
    assert.deepEqual(here.frames, [])
  })

  it('does not talk to another authority at the same address', async () => {
    const peer = await peerOf()
    const state = await enrolled(peer)
    await peer.stop()
    const other = new Peer({ identity })
    ends.push(() => other.stop())
    other.url = peer.url
    await other.start()
    const here = link(state)
    await until(
      'it has tried',
      () => here.session.state().dials > 0 && here.session.state().problem !== undefined,
      patience,
    )
    assert.equal(other.hellos.length, 0)
    await other.stop()
    await peer.start()
    await until('it finds its own', () => here.session.state().connected, patience)
  })

  it('goes on numbering after what the manager knows, when its store was put back', async () => {
    const peer = await peerOf()
    const state = await enrolled(peer)
    const one = link(state)
    one.add({ kind: 'denial' })
    await until('it arrives', () => peer.of('P1').length === 1, patience)
    const id = one.store.outbox.id()
    await one.close()
    const path = join(state, 'older.db')
    const older = openStore({ path })
    older.kv.set('link.store', id)
    older.close()
    const two = link(state, 20_000, path)
    await until('it stands', () => two.session.state().connected, patience)
    two.add({ kind: 'denial' })
    await until('the new one arrives', () => peer.of('P1').length === 2, patience)
    assert.ok(two.told.some(({ kind, text }) => kind === 'tamper' && text?.includes('went back in time') === true))
  })
})

describe('two weeks offline', () => {
  const long = process.env['BULKHEAD_TEST'] === 'long'
  const maxBytes = (long ? 256 : 4) * 1024 * 1024
  it(
    'bring all of P0, chained, and every other event or a gap record that covers it',
    { timeout: 300_000 },
    async () => {
      const peer = await peerOf()
      const state = await enrolled(peer)
      const weeks = 14 * 86_400_000
      const start = Date.now() - weeks
      const rounds = long ? 2600 : 40
      let clock = start
      const store = openStore({ path: join(state, 'edge.db'), now: () => clock, limits: { maxBytes } })
      store.identify(identity)
      const stored = new Map<string, number[]>(['P0', 'P1', 'P2', 'P3'].map((name) => [name, []]))
      const text = 'x'.repeat(160)
      for (let round = 0; round < rounds; round++) {
        clock = start + (weeks * round) / rounds
        const drafts: EventDraft[] = [
          { kind: 'containment', text, source: { ip: '198.18.1.40' }, by: 'kernel' },
          ...Array.from({ length: 60 }, (): EventDraft => ({ kind: 'denial', text, count: 3 })),
          ...Array.from({ length: 100 }, (): EventDraft => ({ kind: 'would-deny', text, count: 2 })),
          ...Array.from({ length: 80 }, (): EventDraft => ({ kind: 'denial', class: 'P3', text })),
        ]
        for (const { seq, event } of store.events.append(...drafts)) stored.get(event.class)?.push(seq)
        for (let turn = 0; turn < 10 && !store.maintain().done; turn++);
      }
      const gapsHere = store.events.search({ kind: ['gap'], limit: 100_000 })
      for (const { seq } of gapsHere) stored.get('P0')?.push(seq)
      assert.ok(gapsHere.length > 0, 'something had to go')
      store.close()

      const here = link(state)
      const newest = here.store.events.newest()
      await until('it is drained', () => here.session.state().connected && here.store.outbox.waiting() === 0, {
        ...patience,
        limitMs: 120_000,
      })
      const chain = verifier({ now: Date.now() })
      for (const { n = 0, prev = '', hash = '', body } of peer.of('P0')) chain.record({ n, prev, hash, body })
      assert.deepEqual(chain.report().integrity.findings, [])
      assert.equal(chain.report().completeness.missing, 0)
      const arrived = (name: 'P0' | 'P1' | 'P2' | 'P3') => new Set(peer.of(name).map(({ seq }) => seq))
      assert.deepEqual(
        (stored.get('P0') ?? []).filter((seq) => !arrived('P0').has(seq)),
        [],
        'P0 is complete',
      )
      const gaps = peer
        .of('P0')
        .map(({ body }): { kind: string; details?: Record<string, unknown> } => JSON.parse(body))
        .filter(({ kind }) => kind === 'gap')
      let missing = 0
      for (const name of ['P1', 'P2', 'P3'] as const) {
        const there = arrived(name)
        const covers = gaps.filter(({ details }) => details?.['class'] === name && details['sent'] === false)
        for (const seq of stored.get(name) ?? []) {
          if (there.has(seq)) continue
          missing++
          const isCovered = covers.some(
            ({ details }) => Number(details?.['from']) <= seq && seq <= Number(details?.['to']),
          )
          assert.ok(isCovered, `${name} ${seq} is missing and no gap record says so`)
        }
      }
      assert.ok(missing > 0)
      assert.equal(
        missing,
        gaps.reduce((sum, { details }) => sum + Number(details?.['events']), 0),
      )
      assert.ok(newest > 0)
    },
  )

  it('say of what was dropped later that the manager had it', async () => {
    const peer = await peerOf()
    const state = await enrolled(peer)
    const store = openStore({ path: join(state, 'edge.db'), limits: { maxBytes: 400_000 } })
    store.identify(identity)
    const some = (count: number) =>
      Array.from({ length: count }, (): EventDraft => ({ kind: 'denial', text: 'x'.repeat(300) }))
    const early = store.events.append(...some(400))
    store.outbox.acknowledge('P1', early.at(-1)?.seq ?? 0)
    store.events.append(...some(400))
    for (let turn = 0; turn < 20 && !store.maintain().done; turn++);
    const gaps = store.events.search({ kind: ['gap'] }).map(({ event }) => event.details)
    assert.deepEqual(
      gaps
        .map((details) => details?.['sent'])
        .toReversed()
        .slice(0, 1),
      [true],
    )
    for (const details of gaps)
      assert.equal(
        Number(details?.['to']) <= (early.at(-1)?.seq ?? 0),
        details?.['sent'],
        'a record is about one or the other',
      )
    store.close()
  })
})
