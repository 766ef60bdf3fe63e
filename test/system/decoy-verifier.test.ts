/** Verifiers against a real OpenLDAP and a real FreeRADIUS, each a process of this test on loopback. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { derivedKey, selfSigned } from '#decoy/certificate.ts'
import { verifierOf } from '#edge/verifier/build.ts'
import { ldapVerifier } from '#edge/verifier/ldap.ts'
import { radiusVerifier } from '#edge/verifier/radius.ts'
import type { VerifierStore } from '#edge/verifier/verifier.ts'
import { Verifier } from '#schema/decoys.ts'

const home = mkdtempSync('/run/decoy-verifier-')
const write = (name: string, text: string): string => {
  writeFileSync(`${home}/${name}`, text)
  return `${home}/${name}`
}
const memory = (): VerifierStore => {
  const data = new Map<string, string>()
  return { get: (key) => data.get(key), set: (key, value) => void data.set(key, value) }
}
const missing = (path: string): string | false => (existsSync(path) ? false : `${path} is not installed`)
const stop = async (child: ChildProcess | undefined): Promise<void> => {
  if (child === undefined || child.exitCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  await closed
}

describe('a real directory', { skip: missing('/usr/sbin/slapd') }, () => {
  const port = 1389
  const base = 'dc=plant'
  const dn = `uid={user},ou=people,${base}`
  const url = `ldap://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let ca = ''
  const root = ['-x', '-H', url, '-D', `cn=root,${base}`, '-w', 'root-secret']
  const tool = (name: string, input: string): void => {
    const { status, stderr } = spawnSync(name, root, { input, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  }

  before(async () => {
    const day = 86_400_000
    const made = selfSigned(derivedKey(Buffer.alloc(32, 1), 'slapd'), {
      name: 'directory',
      addresses: ['127.0.0.1'],
      from: Date.now() - day,
      to: Date.now() + day,
    })
    ca = write('ca.pem', made.cert)
    mkdirSync(`${home}/data`)
    const config = write(
      'slapd.conf',
      `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile ${home}/slapd.pid
TLSCertificateFile ${ca}
TLSCertificateKeyFile ${write('key.pem', made.key)}
database mdb
suffix ${base}
directory ${home}/data
rootdn cn=root,${base}
rootpw root-secret
overlay ppolicy
ppolicy_default cn=policy,${base}
`,
    )
    child = spawn('/usr/sbin/slapd', ['-f', config, '-h', url, '-d', '0'], { stdio: 'ignore' })
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
      const socket = connect(port, '127.0.0.1')
      const isOpen = await new Promise((resolve) =>
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
      )
      socket.destroy()
      if (isOpen) break
    }
    const person = (uid: string, password: string): string =>
      `dn: uid=${uid},ou=people,${base}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: x\nsn: x\nuserPassword: ${password}\n\n`
    tool(
      'ldapadd',
      `dn: ${base}\nobjectClass: dcObject\nobjectClass: organization\ndc: plant\no: plant\n
dn: ou=people,${base}\nobjectClass: organizationalUnit\nou: people\n
dn: cn=policy,${base}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\npwdAttribute: userPassword\npwdLockout: TRUE\npwdMaxFailure: 5\npwdFailureCountInterval: 86400\n
${person('ann', 'former')}${person('bob', 'bobs-own')}${person('eve', 'eves-own')}${person('joe', 'joes-own')}`,
    )
    tool(
      'ldapmodify',
      `dn: uid=ann,ou=people,${base}\nchangetype: modify\nreplace: userPassword\nuserPassword: present\n`,
    )
  })
  after(() => stop(child))

  const verifier = (given: object = {}) =>
    Verifier.parse({ kind: 'ldap', url, dn, ca, 'start-tls': true, 'lock-out': 5, ...given })
  const plain = (timeout = 3000) => ldapVerifier({ url, dn, timeout })

  const rows: readonly (readonly [name: string, user: string, password: string, verdict: string])[] = [
    ['takes a current password', 'ann', 'present', 'current'],
    ['takes a former password for wrong', 'ann', 'former', 'wrong'],
    ['takes another for wrong', 'bob', 'present', 'wrong'],
    ['does not know a user who is not there', 'nobody', 'present', 'wrong'],
    ['is not led to another entry by a name', 'x,cn=root', 'root-secret', 'wrong'],
    ['is not led to another entry by two names', 'eve+uid=ann', 'present', 'wrong'],
    ['is not asked anonymously', 'ann', '', 'not-asked'],
  ]
  for (const [name, user, password, verdict] of rows)
    it(name, async () => assert.equal(await plain().verify(user, password), verdict))

  it('is asked inside TLS, under its own authority', async () => {
    const asked = verifierOf(verifier(), { store: memory() })
    assert.equal(await asked.verify('ann', 'present'), 'current')
  })
  it('is not asked under another authority', async () => {
    const other = selfSigned(derivedKey(Buffer.alloc(32, 2), 'other'), { name: 'x', from: 0, to: Date.now() + 1e9 })
    const asked = verifierOf(verifier({ ca: write('other.pem', other.cert) }), { store: memory() })
    assert.equal(await asked.verify('ann', 'present'), 'not-asked')
  })
  it('locks nobody out, however often an attacker types a name, and leaves a mistake to the user', async () => {
    let now = Date.now()
    const asked = verifierOf(verifier({ 'lock-out-window': '1d' }), { store: memory(), now: () => now })
    const verdicts: string[] = []
    const guess = async (): Promise<void> => {
      for (const name of ['joe', 'JOE', 'PLANT\\joe', 'joe@plant']) verdicts.push(await asked.verify(name, 'guess'))
    }
    for (let time = 0; time < 12; time++, now += 300_000 - 1) await guess()
    assert.equal(verdicts.filter((one) => one === 'wrong').length, 1, 'one bind within an hour')
    for (let hour = 0; hour < 12; hour++, now += 3_600_000) await guess()
    assert.equal(verdicts.filter((one) => one === 'wrong').length, 3, 'two of five are left')
    assert.equal(await plain().verify('joe', 'a mistake'), 'wrong')
    assert.equal(await plain().verify('joe', 'joes-own'), 'current', 'joe logs in')
  })
  it('would have been locked without the guard', async () => {
    for (let time = 0; time < 6; time++) await plain().verify('eve', 'guess')
    assert.notEqual(await plain().verify('eve', 'eves-own'), 'current')
  })
})

describe('a real RADIUS server', { skip: missing('/usr/sbin/freeradius') }, () => {
  const port = 11_812
  const secret = 'shared-between-two'
  let child: ChildProcess | undefined
  let log = ''

  before(async () => {
    mkdirSync(`${home}/raddb`)
    write('raddb/dictionary', '')
    write(
      'raddb/users',
      'ann Cleartext-Password := "present"\n\nlong Cleartext-Password := "a password of more than sixteen bytes"\n',
    )
    const update = 'update reply { Message-Authenticator := 0x00 }'
    write(
      'raddb/radiusd.conf',
      `prefix = /usr
logdir = ${home}
raddbdir = ${home}/raddb
confdir = ${home}/raddb
run_dir = ${home}
libdir = /usr/lib/freeradius
pidfile = ${home}/radius.pid
log { destination = stdout }
security { allow_core_dumps = no
 reject_delay = 0 }
proxy_requests = no
client plain { ipaddr = 127.0.0.1
 secret = ${secret}
 require_message_authenticator = yes }
modules {
 pap { }
 files { filename = ${home}/raddb/users }
}
server default {
 listen { type = auth
  ipaddr = 127.0.0.1
  port = ${port} }
 authorize {
  files
  pap
 }
 authenticate {
  Auth-Type PAP {
   pap
  }
 }
 post-auth {
  ${update}
  Post-Auth-Type REJECT {
   ${update}
  }
 }
}
`,
    )
    child = spawn('/usr/sbin/freeradius', ['-X', '-d', `${home}/raddb`], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (log += String(bytes)))
    for (const deadline = Date.now() + 30_000; Date.now() < deadline && !log.includes('Ready to process requests');)
      await sleep(50)
    assert.match(log, /Ready to process requests/)
  })
  after(() => stop(child))

  const ask = (user: string, password: string, key = secret): Promise<string> =>
    radiusVerifier({ server: `127.0.0.1:${port}`, secret: Buffer.from(key), timeout: 800 }).verify(user, password)
  const rows: readonly (readonly [name: string, user: string, password: string, verdict: string])[] = [
    ['takes a current password', 'ann', 'present', 'current'],
    ['takes one of more than a block', 'long', 'a password of more than sixteen bytes', 'current'],
    ['takes another for wrong', 'ann', 'former', 'wrong'],
    ['does not know a user who is not there', 'nobody', 'present', 'wrong'],
    ['is not asked with nothing', 'ann', '', 'not-asked'],
  ]
  for (const [name, user, password, verdict] of rows)
    it(name, async () => assert.equal(await ask(user, password), verdict, log.slice(-1500)))

  it('does not take a request under another secret, and is then not believed', async () =>
    assert.equal(await ask('ann', 'present', 'not the secret'), 'not-asked'))
  it('is asked once for a user by the verifier of a policy', async () => {
    const policy = Verifier.parse({
      kind: 'radius',
      server: `127.0.0.1:${port}`,
      'secret-file': write('secret', `${secret}\n`),
    })
    const asked = verifierOf(policy, { store: memory() })
    const earlier = log.split('Received Access-Request').length
    assert.deepEqual(
      [await asked.verify('ann', 'present'), await asked.verify('ann', 'present'), await asked.verify('Ann', 'x')],
      ['current', 'not-asked', 'not-asked'],
    )
    assert.equal(log.split('Received Access-Request').length - earlier, 1)
  })
})
