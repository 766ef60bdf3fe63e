import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accountOf } from '#core/account.ts'
import { bindPause, guarded, guardedUsers } from './guard.ts'
import type { Verdict, VerifierStore } from './verifier.ts'

const minute = 60_000
const memory = (): VerifierStore & { readonly data: Map<string, string> } => {
  const data = new Map<string, string>()
  return { data, get: (key) => data.get(key), set: (key, value) => void data.set(key, value) }
}
interface Question {
  /** Minutes after the first. */
  readonly at: number
  readonly user?: string
  readonly password?: string
}
const q = (at: number, user = 'ann', password = 'x'): Question => ({ at, user, password })

interface Circumstances {
  readonly lockOut?: number
  /** Minutes. */
  readonly window?: number
  readonly answer?: Verdict
  readonly restart?: boolean
}

/** Which questions reached the directory. */
const asked = async (
  questions: readonly Question[],
  { lockOut = 5, window = 24 * 60, answer = 'wrong', restart = false }: Circumstances = {},
): Promise<readonly number[]> => {
  let now = 1_800_000_000_000
  const begin = now
  const reached: number[] = []
  const store = memory()
  const make = () =>
    guarded(
      { verify: async () => (reached.push((now - begin) / minute), answer), close: () => {} },
      { store, lockOut, window: window * minute, now: () => now },
    )
  let guard = make()
  for (const { at, user = 'ann', password = 'x' } of questions) {
    now = begin + at * minute
    if (restart) guard = make()
    const verdict = await guard.verify(user, password)
    assert.equal(verdict, reached.at(-1) === at ? answer : 'not-asked')
  }
  return reached
}
const hourly = (count: number): Question[] => Array.from({ length: count }, (_, hour) => q(hour * 60))

const rows: readonly (readonly [
  name: string,
  questions: readonly Question[],
  reached: readonly number[],
  options?: Circumstances,
])[] = [
  ['a user is asked about once an hour', [q(0), q(1), q(59), q(60), q(61)], [0, 60]],
  ['another user is another matter', [q(0), q(1, 'bob')], [0, 1]],
  [
    'one account by other names is the same',
    [q(0), q(1, 'ANN'), q(2, 'PLANT\\ann'), q(3, 'ann@plant.example'), q(4, ' Ann ')],
    [0],
  ],
  ['three of five failures are its own, two are left to the user', hourly(8), [0, 60, 120]],
  ['failures that the directory forgot do not count', hourly(8), [0, 60, 120, 180, 240, 300, 360, 420], { window: 60 }],
  ['a lock-out after three leaves one', hourly(8), [0], { lockOut: 3 }],
  ['a password that was right is no failure', hourly(6), [0, 60, 120, 180, 240, 300], { answer: 'current' }],
  ['nobody answering counts as a failure', hourly(6), [0, 60, 120], { answer: 'not-asked' }],
  ['an empty password is never sent', [q(0, 'ann', '')], []],
  ['an empty user is never sent', [q(0, ' ')], []],
  ['a zero byte is never sent', [q(0, 'a\0b'), q(1, 'ann', 'x\0')], []],
  ['a restart forgets nothing', [q(0), q(1), q(60), q(61), q(120), q(180)], [0, 60, 120], { restart: true }],
]

describe('the guard', () => {
  for (const [name, questions, reached, options] of rows)
    it(name, async () => assert.deepEqual(await asked(questions, options), reached))

  it('asks once when the same is asked at the same time', async () => {
    let count = 0
    const guard = guarded(
      { verify: async () => (count++, 'wrong'), close: () => {} },
      { store: memory(), lockOut: 5, window: bindPause, now: () => 1 },
    )
    await Promise.all(Array.from({ length: 50 }, () => guard.verify('ann', 'x')))
    assert.equal(count, 1)
  })
  it('asks about nobody new when it remembers too many, and about them again when it may forget', async () => {
    let now = 0
    let count = 0
    const store = memory()
    const make = () =>
      guarded(
        { verify: async () => (count++, 'wrong'), close: () => {} },
        { store, lockOut: 5, window: bindPause, now: () => now },
      )
    const text = () => store.data.get('verifier-binds') ?? ''
    await make().verify('somebody', 'x')
    // All but ten are there from before, each written as the one that was.
    const [head = '', rest = ''] = text().split(/"[0-9a-f]{32}":/)
    const names = Array.from({ length: guardedUsers - 10 }, (_, user) => user.toString(16).padStart(32, '0'))
    store.set('verifier-binds', `${head}${names.map((name) => `"${name}":${rest.slice(0, -2)}`).join(',')}}}`)
    const guard = make()
    for (let user = 0; user < 20; user++) await guard.verify(`u${user}`, 'x')
    assert.equal(count, 1 + 10)
    assert.ok(text().length > guardedUsers * 50 && text().length < guardedUsers * 100)
    now = bindPause
    await guard.verify('new', 'x')
    assert.equal(count, 1 + 10 + 1)
  })
  it('asks nobody while it cannot know what came before', async () => {
    let now = 0
    const store = memory()
    store.set('verifier-binds', '{ broken')
    const guard = guarded(
      { verify: async () => 'wrong', close: () => {} },
      { store, lockOut: 5, window: bindPause, now: () => now },
    )
    assert.equal(await guard.verify('ann', 'x'), 'not-asked')
    now = bindPause
    assert.equal(await guard.verify('ann', 'x'), 'wrong')
  })
  it('asks nobody when it cannot write', async () => {
    const store: VerifierStore = {
      get: () => undefined,
      set: () => {
        throw new Error('disk full')
      },
    }
    const guard = guarded(
      { verify: async () => 'wrong', close: () => {} },
      { store, lockOut: 5, window: bindPause, now: () => 0 },
    )
    assert.equal(await guard.verify('ann', 'x'), 'not-asked')
  })
  it('keeps neither user nor password', async () => {
    const store = memory()
    const guard = guarded(
      { verify: async () => 'wrong', close: () => {} },
      { store, lockOut: 5, window: bindPause, now: () => 0 },
    )
    await guard.verify('ann-the-user', 'hunter2-secret')
    assert.doesNotMatch(JSON.stringify([...store.data]), /ann|hunter2/)
  })
  it('knows an account by its name alone', () =>
    assert.deepEqual(['PLANT\\Ann', 'ann@x.example', 'ＡＮＮ', 'a  b'].map(accountOf), ['ann', 'ann', 'ann', 'a b']))

  const spellings = [
    '\u00e1nn',
    'an\u0303n',
    'a\u00adnn',
    'an\u200bn',
    'ann\u0000',
    'x\n\\ann',
    '\u{e0041}ann',
    'ANN ',
    'ann@\n',
  ]
  for (const spelling of spellings)
    it(`whatever else a directory takes it by: ${JSON.stringify(spelling)}`, () =>
      assert.equal(accountOf(spelling), 'ann'))
  it('and by its case in every language', () => assert.equal(accountOf('STRA\u00dfe'), accountOf('strasse')))
})
