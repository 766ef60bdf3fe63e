import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Attempt } from '#core/personality.ts'
import type { LoginClass } from '#schema/decoy-host.ts'
import { bruteForceSecrets, classify, sprayUsers, type LoginVerdict, type Typed } from './classify.ts'
import { emptyLoginState, loginWindow, seriesLength, seriesLimit, type LoginState } from './state.ts'
import { vendorDefaults } from './vendor-defaults.ts'
import { isVncResponse, vncResponse } from './vnc.ts'

const knowledge = {
  key: Buffer.alloc(32, 1),
  honeytokens: [
    { id: 'vault', user: 'svc-backup', planted: 'file share of the office' },
    { id: 'script', user: 'PLANT\\svc-scan' },
    { id: 'note', user: 'maint', password: 'Winter-2024', planted: 'note in the cabinet' },
  ],
}
const challenge = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
type Step = readonly [user: string, secret: string | Attempt['secret'], more?: Partial<Typed>]
const attemptOf = ([user, secret]: Step): Attempt => ({
  user,
  secret: typeof secret === 'string' ? { kind: 'password', text: secret } : secret,
})
const vnc = (password: string): Attempt['secret'] => ({
  kind: 'vnc',
  challenge,
  response: vncResponse(challenge, password),
})
const none: Attempt['secret'] = { kind: 'none' }

/** Every step a second and a half apart, and a little more each time, so that no period is fixed. */
const run = (steps: readonly Step[]): { verdicts: readonly LoginVerdict[]; state: LoginState } => {
  let state = emptyLoginState
  const verdicts: LoginVerdict[] = []
  for (const [index, step] of steps.entries()) {
    const at = 1_800_000_000_000 + index * 1500 + index * index * 400
    const result = classify(state, { at, source: '198.18.1.9', attempt: attemptOf(step), ...step[2] }, knowledge)
    state = result.state
    verdicts.push(result.verdict)
  }
  return { verdicts, state }
}
const at = (ms: number): Partial<Typed> => ({ at: 1_800_000_000_000 + ms })
const many = (count: number, step: (index: number) => Step): Step[] => Array.from({ length: count }, (_, i) => step(i))

const last: readonly (readonly [name: string, steps: readonly Step[], expected: LoginClass, contain: boolean])[] = [
  ['a honeytoken without a password is any password of its user', [['svc-backup', 'whatever']], 'honeytoken', true],
  ['a honeytoken is known by its user in capitals', [['SVC-BACKUP', 'x']], 'honeytoken', true],
  ['a honeytoken is known by its user in a domain', [['PLANT\\svc-backup', 'x']], 'honeytoken', true],
  ['a honeytoken is known by its user as of a directory', [['svc-backup@plant.example', 'x']], 'honeytoken', true],
  ['a honeytoken is known by its user in other letters', [['ｓｖｃ-backup\0', 'x']], 'honeytoken', true],
  [
    'a honeytoken that was planted with a domain is known where the protocol names it apart',
    [['svc-scan', none]],
    'honeytoken',
    true,
  ],
  [
    'many passwords for one user, spelled otherwise each time, are brute force',
    many(bruteForceSecrets, (i) => [['ann', 'ANN', 'PLANT\\ann', 'ann@plant.example', 'ａnn'][i % 5] ?? '', `p${i}`]),
    'brute-force',
    true,
  ],
  ['a honeytoken is known when its user is named alone', [['svc-backup', none]], 'honeytoken', true],
  ['a honeytoken with a password is that password', [['maint', 'Winter-2024']], 'honeytoken', true],
  ['another password for the user of a honeytoken is a guess', [['maint', 'Winter-2025']], 'guess', false],
  ['a planted password proved over VNC is a honeytoken', [['', vnc('Winter-2024')]], 'honeytoken', true],
  ['a planted password where no user is asked for is a honeytoken', [['', 'Winter-2024']], 'honeytoken', true],
  [
    'the current password is a compromised credential',
    [['ann', 'x', { answer: 'current' }]],
    'compromised-credential',
    true,
  ],
  ['a former password is an old one', [['ann', 'x', { answer: 'old' }]], 'old-password', true],
  [
    'a honeytoken weighs more than what the verifier said',
    [['svc-backup', 'x', { answer: 'current' }]],
    'honeytoken',
    true,
  ],
  [
    'a current password that is a default is compromised',
    [['admin', 'moxa', { answer: 'current' }]],
    'compromised-credential',
    true,
  ],
  ['a wrong password is a guess', [['ann', 'x', { answer: 'wrong' }]], 'guess', false],
  ['a password nobody was asked about is a guess', [['ann', 'x', { answer: 'not-asked' }]], 'guess', false],
  ['a user without a secret is a guess', [['ann', none]], 'guess', false],
  ['a delivered login is a vendor default', [['USER', 'USER']], 'vendor-default', true],
  ['a delivered password for another user is a guess', [['ann', 'factorycast@schneider']], 'guess', false],
  ['a delivered password is known where no user is asked for', [['', 'moxa']], 'vendor-default', true],
  ['a delivered password is known by its proof over VNC', [['', vnc('111111')]], 'vendor-default', true],
  ['nothing typed at all is a guess', [['', '']], 'guess', false],
  [
    'many passwords for one user are brute force',
    many(bruteForceSecrets, (i) => ['ann', `p${i}`]),
    'brute-force',
    true,
  ],
  ['one password fewer is a guess', many(bruteForceSecrets - 1, (i) => ['ann', `p${i}`]), 'guess', false],
  ['the same password again is no other', many(12, (i) => ['ann', `p${i % 3}`]), 'guess', false],
  [
    'many passwords from many sources for one user are brute force',
    many(bruteForceSecrets, (i) => ['ann', `p${i}`, { source: `198.18.1.${i}` }]),
    'brute-force',
    true,
  ],
  ['many passwords without a user are brute force', many(bruteForceSecrets, (i) => ['', `p${i}`]), 'brute-force', true],
  ['many proofs over VNC are brute force', many(bruteForceSecrets, (i) => ['', vnc(`p${i}`)]), 'brute-force', true],
  [
    'passwords without a user from other sources do not add up',
    many(12, (i) => ['', `p${i}`, { source: `198.18.1.${i}` }]),
    'guess',
    false,
  ],
  ['one password for many users is a spray', many(sprayUsers, (i) => [`u${i}`, 'Spring2026']), 'spray', true],
  ['one user fewer is a guess', many(sprayUsers - 1, (i) => [`u${i}`, 'Spring2026']), 'guess', false],
  ['many users with a password each are guesses', many(12, (i) => [`u${i}`, `p${i}`]), 'guess', false],
  ['many users without a secret are no spray', many(12, (i) => [`u${i}`, none]), 'guess', false],
  ['users written in capitals are the same users', many(12, (i) => [i % 2 ? 'ann' : 'ANN', 'p']), 'guess', false],
  [
    'the same login every minute is a misconfigured client',
    many(4, (i) => ['poll', 'x', at(i * 60_000)]),
    'misconfigured-client',
    false,
  ],
  ['three are too few to know', many(3, (i) => ['poll', 'x', at(i * 60_000)]), 'guess', false],
  [
    'a little jitter is a misconfigured client',
    many(6, (i) => ['poll', 'x', at(i * 60_000 + (i % 2) * 2500)]),
    'misconfigured-client',
    false,
  ],
  ['much jitter is a guess', many(6, (i) => ['poll', 'x', at(i * 60_000 + (i % 2) * 4000)]), 'guess', false],
  ['every two hours is a period too', many(5, (i) => ['poll', 'x', at(i * 7_200_000)]), 'misconfigured-client', false],
  ['ten times a second is nobody’s period', many(6, (i) => ['poll', 'x', at(i * 100)]), 'guess', false],
  [
    'the same login at a period beside another is a guess',
    [['ann', 'y', at(0)], ...many(5, (i): Step => ['poll', 'x', at(i * 60_000 + 1000)])],
    'guess',
    false,
  ],
  [
    'a delivered login at a period stays a vendor default',
    many(5, (i) => ['USER', 'USER', at(i * 60_000)]),
    'vendor-default',
    true,
  ],
  ['proofs at a period may be of different passwords', many(4, (i) => ['', vnc('x'), at(i * 60_000)]), 'guess', false],
  [
    'what was typed before the window does not count',
    many(bruteForceSecrets, (i) => ['ann', `p${i}`, at(i * (loginWindow / 2))]),
    'guess',
    false,
  ],
  [
    'brute force weighs more than a spray',
    [
      ...many(4, (i): Step => ['ann', `p${i}`]),
      ...['bob', 'eve', 'joe'].map((user): Step => [user, 'same']),
      ['ann', 'same'],
    ],
    'brute-force',
    true,
  ],
  [
    'a vendor default among brute force is told apart',
    [...many(9, (i): Step => ['USER', `p${i}`]), ['USER', 'USER']],
    'vendor-default',
    true,
  ],
]

describe('the last of these logins', () => {
  for (const [name, steps, expected, contain] of last)
    it(name, () => {
      const verdict = run(steps).verdicts.at(-1)
      assert.equal(verdict?.class, expected)
      assert.equal(verdict?.contain, contain)
    })
})

describe('a verdict', () => {
  it('counts users, secrets and attempts of its source', () => {
    const { verdicts } = run([
      ['ann', 'a'],
      ['ann', 'b'],
      ['bob', 'b'],
      ['', none],
      ['eve', 'z', { source: '198.18.1.77' }],
    ])
    assert.deepEqual(
      verdicts.map(({ users, secrets, attempts }) => [users, secrets, attempts]),
      [
        [1, 1, 1],
        [1, 2, 2],
        [2, 2, 3],
        [2, 2, 4],
        [1, 1, 1],
      ],
    )
  })
  it('says where a honeytoken was planted', () =>
    assert.deepEqual(run([['maint', 'Winter-2024']]).verdicts[0]?.evidence, [
      'honeytoken note',
      'planted: note in the cabinet',
    ]))
  it('never says the password, nor does what is remembered', () => {
    const { verdicts, state } = run([
      ['maint', 'Winter-2024'],
      ['ann', 'hunter-two'],
      ...many(9, (i): Step => ['bob', `secret-${i}`]),
    ])
    const all = JSON.stringify([verdicts, [...state.sources], [...state.users]])
    assert.doesNotMatch(all, /Winter-2024|hunter-two|secret-/)
    assert.doesNotMatch(JSON.stringify([...state.users, ...state.sources]), /bob|maint|ann/)
  })
})

describe('what is remembered', () => {
  it('stays bounded, whoever types however much', () => {
    const { state } = run(
      many(seriesLimit * 3, (i) => [`u${i}`, `p${i}`, { source: `10.0.${i >> 8}.${i & 255}`, ...at(i) }]),
    )
    assert.deepEqual([state.sources.size, state.users.size], [seriesLimit, seriesLimit])
    const one = run(many(500, (i) => ['ann', `p${i}`, at(i)])).state
    assert.deepEqual(
      [...one.sources.values(), ...one.users.values()].map(({ length }) => length),
      [seriesLength, seriesLength],
    )
  })
  it('forgets whoever was not heard of for longest', () => {
    const steps = many(seriesLimit, (i): Step => [`u${i}`, 'p', { source: `s${i}`, ...at(i) }])
    const { state } = run([
      ...steps,
      ['u0', 'p', { source: 's0', ...at(999) }],
      ['new', 'p', { source: 'new', ...at(1000) }],
    ])
    assert.deepEqual(
      ['s0', 's1', 'new'].map((name) => state.sources.has(name)),
      [true, false, true],
    )
  })
  it('leaves the state it was given as it was', () => {
    const { state } = run([['ann', 'a']])
    const before = JSON.stringify([...state.sources])
    classify(state, { at: 1, source: '198.18.1.9', attempt: attemptOf(['x', 'y']) }, knowledge)
    assert.equal(JSON.stringify([...state.sources]), before)
  })
})

describe('vendor defaults', () => {
  it('are many, of many vendors, each once and with its source', () => {
    const rows = vendorDefaults.map(({ vendor, product, user, password }) =>
      [vendor, product, user, password].join('\0'),
    )
    assert.equal(new Set(rows).size, rows.length)
    assert.ok(rows.length >= 60, String(rows.length))
    assert.ok(new Set(vendorDefaults.map(({ vendor }) => vendor)).size >= 25)
    assert.ok(vendorDefaults.every(({ source }) => source.length > 5))
  })
})

describe('a VNC response', () => {
  // NBS Special Publication 500-20: the zero block under the zero key.
  it('is the DES of the challenge', () =>
    assert.equal(vncResponse(Buffer.alloc(16), '').toString('hex'), '8ca64de9c1b123a7'.repeat(2)))
  it('looks at eight characters', () =>
    assert.ok(isVncResponse(challenge, vncResponse(challenge, '12345678'), '123456789')))
  it('differs by each of them', () =>
    assert.ok(!isVncResponse(challenge, vncResponse(challenge, '12345678'), '12345679')))
  it('of another length is none', () => assert.ok(!isVncResponse(challenge, challenge.subarray(1), 'x')))
})
