/**
 * What detectors of honeypots look for. Found in none of our personas, neither in what is written of them nor in what they answer. Not in
 * the list, although detectors have it: `Original Siemens Equipment`, which real controllers say as well.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Persona, PersonaService } from '#core/persona.ts'
import { personalities } from '../personalities.ts'
import { dropbear, isSshProfile } from '../ssh/profile.ts'
import { personas } from './index.ts'

interface Signature {
  readonly of: string
  readonly source: string
  readonly texts: readonly string[]
}
const signatures: readonly Signature[] = [
  {
    of: 'Conpot',
    source: 'mushorg/conpot, conpot/templates: default, guardian_ast, kamstrup_382, IEC104, ipmi',
    texts: [
      'Mouser Factory',
      'Technodrome',
      '88111222',
      'Siemens, SIMATIC, S7-200',
      'IM151-8 PN/DP CPU',
      'Venus',
      '6ES7 315-2AG10',
      '6ES7 315-2EH14-0AB0',
      'CP 443-1 EX40',
      '1756-L61/B LOGIX5561',
      'VAV-DD Controller',
      'Alpha',
      'STATOIL STATION',
      '9999FF1B',
      'Kamstrup 382',
      'conpot',
      'System is booting',
    ],
  },
  {
    of: 'Cowrie and Kippo',
    source: 'cowrie/cowrie, etc/cowrie.cfg.dist; desaster/kippo',
    texts: [
      'OpenSSH_6.0p1 Debian-4+deb7u2',
      'OpenSSH_5.1p1 Debian-5',
      'OpenSSH_9.2p1 Debian-2+deb12u3',
      'svr04',
      'svr03',
      'nas3',
      'OpenSSH_5.9p1 Debian-5ubuntu1.4',
      'bad packet length',
      'Twisted',
      'cowrie',
      'kippo',
    ],
  },
  {
    of: 'T-Pot and Heralding',
    source: 'telekom-security/tpotce, docker/heralding/dist/heralding.yml; johnnykv/heralding',
    texts: [
      'OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.8',
      'OpenSSH_8.9p1 Ubuntu-3ubuntu0.10',
      'Microsoft FTP Server',
      'heralding',
    ],
  },
  {
    of: 'Dionaea',
    source: 'DinoTools/dionaea, modules/python/dionaea: ftp.py, smb/include/smbfields.py',
    texts: [
      'DiskStation FTP server ready',
      'Welcome to the ftp service',
      'HOMEUSER-3AF6FE',
      'Windows 2000 LAN Manager',
      'Windows 5.1',
      'MSHOME',
      'dionaea',
      'Nepenthes Development Team',
    ],
  },
  {
    of: 'others',
    source: 'banners of honeytrap, OpenCanary, QeeqBox, Glastopf and Snare',
    texts: [
      'honeytrap',
      'opencanary',
      'qeeqbox',
      'glastopf',
      'Welcome to FTP server',
      '220 FTP Server Ready',
      'honeypot',
    ],
  },
]

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
/** What detectors send, and what any scanner does. */
const questions: Readonly<Record<string, readonly Uint8Array[]>> = {
  s7comm: [
    hex('0300001611e00000000100c0010ac1020100c2020101'),
    hex('0300001902f08032010000000000080000f0000001000101e0'),
    // SZL 0x0011 and 0x001c.
    hex('0300002102f080320700000100000800080001120411440100ff09000400110000'),
    hex('0300002102f0803207000001000008000800011204114401 00ff090004001c0000'),
  ],
  modbus: [
    hex('000000000005002b0e0200'),
    hex('000000000005052b0e0100'),
    hex('0000000000020011'),
    hex('0000000000020111'),
  ],
  enip: [hex('63000000 00000000 00000000 0000000000000000 00000000')],
  http: ['GET / HTTP/1.0\r\n\r\n', 'GET /nonsense HTTP/1.0\r\n\r\n', 'BREW / HTTP/1.0\r\n\r\n'].map((text) =>
    Buffer.from(text),
  ),
  ftp: ['SYST', 'FEAT', 'STAT', 'HELP', 'SITE HELP', 'USER a', 'PASS a'].map((text) => Buffer.from(`${text}\r\n`)),
  telnet: ['\r\n', 'root\r\n', 'root\r\n'].map((text) => Buffer.from(text)),
}

const identity = {
  address: '198.18.1.40',
  mac: '00:1b:1b:12:34:56',
  name: 'LINE3-PLC7',
  serial: 'S C-X4U421302009',
  serialNumber: 0x4a3b2c1d,
  seed: 20_261_126,
}
const level = { analog: () => 50, digital: () => true }

/** All that a service says to the questions, each in a conversation of its own where the last one ended. */
const said = (persona: Persona, { service, profile, transport }: PersonaService): string => {
  const personality = personalities[service]
  if (personality === undefined) return ''
  const open = () =>
    personality.open(
      { identity, persona, process: level, now: () => 1_795_000_000_000, peer: '198.18.1.99' },
      profile,
      transport,
    )
  let talk = open()
  const out: Uint8Array[] = [...(talk.greeting ?? [])]
  for (const question of questions[service] ?? []) {
    const answer = talk.take(question)
    out.push(...answer.send)
    if (answer.close === true) talk = open()
  }
  return Buffer.concat(out).toString('latin1')
}

/** Names in small letters are looked for in any. */
const holds = (text: string, signature: string): boolean =>
  text.includes(signature) ||
  text.toLowerCase().includes(signature) ||
  // As Windows writes it.
  text.includes(Buffer.from(signature, 'utf16le').toString('latin1'))

for (const persona of Object.values(personas))
  describe(`persona ${persona.id}`, () => {
    const texts = [JSON.stringify(persona), ...persona.services.map((service) => said(persona, service))]
    for (const { of, source, texts: known } of signatures)
      test(`says nothing that ${of} is known by`, () => {
        assert.deepEqual(
          known.filter((signature) => texts.some((text) => holds(text, signature))),
          [],
          source,
        )
      })
  })

describe('the questions', () => {
  for (const service of Object.keys(questions))
    test(`are answered: ${service}`, () => {
      const answers = Object.values(personas).flatMap((persona) =>
        persona.services.filter((one) => one.service === service).map((one) => said(persona, one)),
      )
      assert.ok(answers.length > 0 && answers.every((answer) => answer.length > 20), JSON.stringify(answers))
    })
})

describe('SSH', () => {
  const profiles = [
    dropbear,
    ...Object.values(personas).flatMap(({ services }) =>
      services.flatMap(({ profile }) => (isSshProfile(profile) ? [profile] : [])),
    ),
  ]
  test('offers nothing that only the library of Cowrie still does (twisted.conch)', () => {
    const theirs = ['diffie-hellman-group-exchange-sha1', '3des-cbc', 'blowfish-cbc', 'cast128-cbc', 'ssh-dss']
    for (const { kex, ciphers, hostKeys } of profiles)
      assert.deepEqual(
        theirs.filter((name) => [...kex, ...ciphers, ...hostKeys].some((ours) => ours === name)),
        [],
      )
  })
})
