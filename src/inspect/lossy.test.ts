/** Commands on a wire that loses, repeats and reorders what it carries: either end gets what is meant for it, once and whole. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, hex, read, readOnly, write } from './modbus-polls.ts'
import { Lossy, randomOf, type Passing } from './lossy.ts'
import { planOf, Wire, type End } from './wire.ts'

const id = (number: number) => number.toString(16).padStart(4, '0')
const requests = 40
/** Requests outstanding at most, as clients have them. */
const outstanding = 6
const requestSize = 12
/** First numbers, from which on the circle ends or its half. */
const firsts = [1000, 0x7fff_ff80, 0xffff_ff80, 0x1234_5678]

const bytesOf = (text: string): number[] => [...Buffer.from(hex(text), 'hex')]

/** Whole units of Modbus in what somebody heard. */
const unitsIn = (heard: readonly (number | undefined)[]): string[] => {
  const text = Buffer.from(heard.map((byte) => byte ?? 0)).toString('hex')
  const units: string[] = []
  for (let at = 0; at + 12 <= text.length;) {
    const size = 2 * (6 + Number.parseInt(text.slice(at + 8, at + 12), 16))
    if (at + size > text.length) break
    units.push(text.slice(at, at + size))
    at += size
  }
  return units
}

interface Course {
  readonly plan: typeof readOnly
  /** Of a hundred requests. */
  readonly denied: number
  /** In the midst of it the inspector is replaced by one that knows nothing, and until then this happens. */
  readonly replaced?: Passing
}

const run = (seed: number, { plan, denied, replaced }: Course): void => {
  const random = randomOf(seed)
  const first = { client: (firsts[random(4)] ?? 0) | 0, server: (firsts[random(4)] ?? 0) | 0 }
  const line = new Lossy(new Wire(plan), random, [0, 5, 20][random(3)] ?? 0, first)
  const { client, server } = line.ends
  const isDenied = Array.from({ length: requests }, () => random(100) < denied)
  let [asked, answered] = [0, 0]
  const talk = (): void => {
    const done = unitsIn(client.heard.slice(0, client.have)).length
    for (; asked < requests && asked - done < outstanding; asked++)
      client.says.push(...bytesOf(isDenied[asked] === true ? write(id(asked)) : read(id(asked))))
    const units = unitsIn(server.heard.slice(0, server.have))
    for (; answered < units.length; answered++) server.says.push(...bytesOf(answer(units[answered]?.slice(0, 4) ?? '')))
  }
  /** A client sends whole messages, a server any pieces; from the first that was not acknowledged where it `repeats`. */
  const send = (from: End, repeats: boolean): void => {
    const end = line.ends[from]
    const size = from === 'client' ? requestSize : 1
    let at = repeats ? Math.floor(end.acked / size) * size : end.sent
    if (at >= end.says.length) return line.send(from, end.sent, end.sent)
    while (at < end.says.length) {
      const to = Math.min(end.says.length, at + size * (1 + random(from === 'client' ? 3 : 30)))
      line.send(from, at, to)
      at = to
    }
  }
  const isOver = (): boolean =>
    unitsIn(client.heard.slice(0, client.have)).length === requests && client.acked === requests * requestSize
  const failsAt = replaced === undefined ? -1 : 50 + random(150)
  const endsAt = failsAt + random(60)
  for (let turn = 0; !isOver() && turn < 20_000; turn++) {
    if (turn === failsAt) line.passing = replaced ?? 'judged'
    if (turn === endsAt && replaced !== undefined) {
      line.wire = new Wire(plan)
      line.passing = 'judged'
    }
    talk()
    if (line.isQuiet) {
      line.wire.now += 250
      send('client', true)
      send('server', true)
    }
    const heard = line.move()
    talk()
    if (heard !== undefined) send(heard, false)
    assert.ok(!client.isReset && !server.isReset, `it was reset: ${JSON.stringify(line.wire.denials)}`)
  }
  assert.ok(isOver(), 'it stands still')
  const passed = isDenied.flatMap((is, index) => (is ? [] : [hex(read(id(index)))]))
  assert.deepEqual(unitsIn(server.heard), passed)
  assert.deepEqual(
    unitsIn(client.heard).toSorted(),
    isDenied.map((is, index) => hex(is ? `${id(index)} 0000 0003 01 86 01` : answer(id(index)))).toSorted(),
  )
  assert.equal(line.wire.denials.length, requests - passed.length)
}

const courses: Readonly<Record<string, Course>> = {
  'all of them allowed': { plan: readOnly, denied: 0 },
  'every third denied': { plan: readOnly, denied: 33 },
  'all of them denied': { plan: readOnly, denied: 100 },
  'all of them allowed, and unjudged for a while': { plan: readOnly, denied: 0, replaced: 'unjudged' },
  'all of them allowed, and stopped for a while': {
    plan: planOf({ allow: ['read'], 'on-failure': { dead: 'closed', hung: 'closed' } }),
    denied: 0,
    replaced: 'stopped',
  },
}
const runs = 40

for (const [name, course] of Object.entries(courses))
  test(name, () => {
    for (let seed = 0; seed < runs; seed++)
      try {
        run(seed, course)
      } catch (error) {
        throw new Error(`run ${seed}`, { cause: error })
      }
  })
