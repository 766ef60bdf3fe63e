import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Attempt } from '#core/personality.ts'
import { HostReport, type HostSession } from '#schema/decoy-host.ts'
import { limits as standard, type Limits } from './limits.ts'
import { logins, type LoginEvidence } from './logins.ts'

const session: HostSession = {
  id: '1',
  station: 's1',
  persona: 'p',
  decoy: '198.18.1.1',
  source: '198.18.9.1',
  sourcePort: 40_000,
  service: 'echo',
  transport: 'tcp',
  port: 7,
}
const password = (user: string, text: string): Attempt => ({ user, secret: { kind: 'password', text } })
const scene = (given: Partial<Limits> = {}, verify = true) => {
  const reports: HostReport[] = []
  const seen: LoginEvidence[] = []
  const it = logins({
    limits: { ...standard, ...given },
    verify,
    classify: (evidence) => {
      seen.push(evidence)
      const reasons = Array<string>(20).fill('because '.repeat(100))
      return { class: 'guess', attempts: seen.length, users: 1, secrets: 1, evidence: reasons, contain: false }
    },
    now: () => 0,
    tell: (report) => void reports.push(HostReport.parse(report)),
  })
  const ids = () => reports.flatMap((report) => (report.type === 'attempt' ? [report.id] : []))
  return { it, reports, seen, ids }
}

describe('logins', () => {
  test('without a verifier an attempt is judged at once', () => {
    const { it, reports, seen } = scene({}, false)
    it.take(session, [password('eve', 'x')])
    assert.deepEqual(
      reports.map(({ type }) => type),
      ['attempt', 'login'],
    )
    assert.equal(seen[0]?.verified, 'not-asked')
  })

  test('with one it is judged by its answer, whichever comes first, and once', () => {
    const { it, seen, ids } = scene()
    it.take(session, [password('eve', 'x'), password('bob', 'y')])
    const [first = '', second = ''] = ids()
    it.verified({ type: 'verified', id: second, answer: 'current', by: 'ldap' })
    it.verified({ type: 'verified', id: first, answer: 'wrong', by: 'ldap' })
    it.verified({ type: 'verified', id: first, answer: 'current', by: 'ldap' })
    it.verified({ type: 'verified', id: 'a999', answer: 'current', by: 'ldap' })
    assert.deepEqual(
      seen.map(({ user, verified, by }) => [user, verified, by]),
      [
        ['bob', 'current', 'ldap'],
        ['eve', 'wrong', 'ldap'],
      ],
    )
  })

  test('no answer in time is no answer', async () => {
    const { it, seen } = scene({ verify: 20 })
    it.take(session, [password('eve', 'x')])
    await new Promise((resolve) => setTimeout(resolve, 60))
    assert.deepEqual(
      seen.map(({ verified }) => verified),
      ['not-asked'],
    )
  })

  test('more than may wait are not verified', () => {
    const { it, reports, seen } = scene({ verifying: 1, verify: 5 })
    it.take(session, [password('eve', 'x'), password('bob', 'y')])
    assert.deepEqual(
      reports.flatMap((report) => (report.type === 'attempt' ? [report.verify] : [])),
      [true, false],
    )
    assert.equal(seen[0]?.user, 'bob')
  })

  test('a proof is told without a password, and not verified', () => {
    const { it, reports, seen } = scene()
    const secret: Attempt['secret'] = { kind: 'vnc', challenge: new Uint8Array(16), response: new Uint8Array(16) }
    it.take(session, [{ user: '', secret }])
    const [attempt] = reports
    assert.ok(attempt?.type === 'attempt' && attempt.password === undefined && !attempt.verify)
    assert.deepEqual(seen[0]?.secret, secret)
  })

  test('whoever types little is told of as a whole', () => {
    const { it } = scene({}, false)
    assert.equal(it.take(session, [password('ann', 'x'), password('ann', 'y')]), true)
  })

  test('what is too long is cut, what is too much is counted', () => {
    const { it, reports } = scene({}, false)
    const flood = Array.from({ length: 100 }, () => password('u'.repeat(5000), 'p'.repeat(5000)))
    assert.equal(it.take(session, flood), false, 'the edge does not know all that was typed')
    assert.equal(reports.length, 2 * 16)
    it.take(session, flood)
    assert.equal(reports.length, 2 * 20)
    assert.equal(it.lost, 180)
  })
})
