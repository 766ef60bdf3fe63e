import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { distinguishedName, signedCertificate } from '#protocols/x509.ts'
import { ownCertificate } from './authority.ts'
import { termAlarms, watchTerms } from './terms.ts'

const day = 86_400_000
const now = Date.UTC(2026, 10, 26)
const folder = mkdtempSync(join(tmpdir(), 'terms-'))
after(() => rmSync(folder, { recursive: true }))
const own = ownCertificate(folder, ['manager.example'], now)
const until = (to: number): string => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = distinguishedName('somebody')
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const term = { from: now - 1000 * day, to }
  return signedCertificate(
    { serial: Buffer.from([1]), issuer: name, subject: name, ...term, spki, extensions: [] },
    privateKey,
  )
}

describe('an alarm', () => {
  for (const [name, authority, given, expected] of [
    ['there is none about the own authority', own.ca!, undefined, []],
    ['says that an authority ends within a year', until(now + 300 * day), undefined, [/ca\.crt\) ends on 2027-09-22/]],
    ['says that an authority has ended', until(now - day), undefined, [/ca\.crt\) ended on 2026-11-25/]],
    [
      'says that what --cert brought ends within 30 days',
      own.ca!,
      until(now + 29 * day),
      [/--cert ends on 2026-12-25/],
    ],
    ['there is none when what --cert brought lasts', own.ca!, until(now + 31 * day), []],
  ] as const)
    it(name, () => {
      const alarms = termAlarms(authority, given, now)
      assert.equal(alarms.length, expected.length)
      for (const [index, what] of expected.entries()) assert.match(alarms[index]!, what)
    })
})

describe('the certificate that is shown', () => {
  it('is another one before it ends, once, and what fails is tried again', () => {
    let at = now
    const shown: string[] = []
    const troubles: string[] = []
    let isFull = true
    const terms = watchTerms(own, {
      own: () => {
        if (at > now && isFull) throw new Error('no room')
        return ownCertificate(folder, ['manager.example'], at)
      },
      show: ({ cert }) => void shown.push(cert),
      onTrouble: (what) => void troubles.push(what),
    })
    after(() => terms.close())
    terms.look()
    assert.deepEqual(shown, [])
    at = now + 330 * day
    terms.look()
    assert.match(troubles[0]!, /no room/)
    isFull = false
    terms.look()
    terms.look()
    assert.equal(shown.length, 1)
    assert.notEqual(shown[0], own.cert)
  })
})
