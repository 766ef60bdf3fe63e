/** Systems whose vendor mends nothing any more, and protocols that were given up. */
import type { Device, Fact } from '../../model.ts'
import type { Draft } from '../risk.ts'
import { distinct, isInPlant, type View } from '../view.ts'
import { listed, named } from '../wording.ts'

interface Old {
  readonly seen: RegExp
  readonly name: string
  /** Day of the last free update, YYYY-MM-DD; absent for a protocol that was given up. */
  readonly ended?: string
  readonly points: number
}

/** The first that fits a fact counts; ends of support as Microsoft and the IETF published them. */
const old: readonly Old[] = [
  {
    seen: /\bwindows\s+(?:nt\s?4|nt\s?3|95|98|me)\b/i,
    name: 'Windows NT 4.0 or older',
    ended: '2004-12-31',
    points: 55,
  },
  { seen: /\bwindows\s+(?:2000|nt\s?5\.0|5\.0)\b/i, name: 'Windows 2000', ended: '2010-07-13', points: 55 },
  {
    seen: /\bserver\s+2003\b|\bwindows\s+(?:nt\s?)?5\.2\b/i,
    name: 'Windows Server 2003',
    ended: '2015-07-14',
    points: 55,
  },
  { seen: /\bwindows\s+(?:xp|(?:nt\s?)?5\.1)\b/i, name: 'Windows XP', ended: '2014-04-08', points: 55 },
  {
    seen: /\bwindows\s+(?:vista|(?:nt\s?)?6\.0)\b/i,
    name: 'Windows Vista or Server 2008',
    ended: '2020-01-14',
    points: 50,
  },
  { seen: /\bserver\s+2008\b/i, name: 'Windows Server 2008', ended: '2020-01-14', points: 48 },
  { seen: /\bwindows\s+(?:7|(?:nt\s?)?6\.1)\b/i, name: 'Windows 7 or Server 2008 R2', ended: '2020-01-14', points: 48 },
  { seen: /\bserver\s+2012\b/i, name: 'Windows Server 2012', ended: '2023-10-10', points: 42 },
  {
    seen: /\bwindows\s+(?:8(?:\.1)?|(?:nt\s?)?6\.[23])\b/i,
    name: 'Windows 8 or Server 2012',
    ended: '2023-10-10',
    points: 42,
  },
  { seen: /\bwindows\s+ce\b/i, name: 'Windows CE', ended: '2018-10-09', points: 40 },
  { seen: /\bsmb\s?v?1(?:\.0)?\b|\bnt lm 0\.12\b/i, name: 'SMB version 1', points: 45 },
  { seen: /\bssh-1\.(?!99)\d/i, name: 'SSH version 1', points: 40 },
  { seen: /\bssl\s?v?[23](?:\.0)?\b/i, name: 'SSL 2 or 3 (RFC 7568)', points: 38 },
  { seen: /\btls\s?v?1\.[01]\b/i, name: 'TLS 1.0 or 1.1 (RFC 8996)', points: 28 },
  { seen: /\bsnmp\s?v?(?:1|2c?)\b/i, name: 'SNMP version 1 or 2', points: 28 },
  { seen: /\bopenssh[_ ](?:[1-6])\./i, name: 'OpenSSH before 7.0', points: 28 },
]

const telling: ReadonlySet<string> = new Set(['os', 'firmware', 'service', 'description'])
/** Characters of a fact that are looked at. */
const longest = 300

const oldOf = ({ name, value }: Fact): Old | undefined =>
  telling.has(name) ? old.find(({ seen }) => seen.test(value.slice(0, longest))) : undefined

const draftOf = (device: Device, found: readonly { readonly fact: Fact; readonly is: Old }[]): Draft => {
  const kinds = distinct(found.map(({ is }) => is)).toSorted((a, b) => b.points - a.points)
  const [worst] = kinds
  const sure = Math.max(...found.map(({ fact }) => fact.confidence))
  const ended = worst?.ended === undefined ? '' : `, without updates since ${worst.ended}`
  return {
    id: 'end-of-life',
    devices: [device],
    title: `${named(device)} runs ${listed(kinds.map(({ name }) => name))}${ended}`,
    consequence: `Faults of it that are public stay open for good: worms that need no click have used them, and stopped plants with them.`,
    next: `It will not be mended, so let nothing reach it that it does not need: a zone of its own with \`intra: deny\`, \`mode: enforce\`, conduits for its few partners, and \`denies\` for tcp/445 and tcp/3389.`,
    techniques: ['T0866'],
    evidence: found.map(({ fact }) => fact.evidence),
    factors: [
      { what: worst?.name ?? '', points: worst?.points ?? 0 },
      { what: 'it belongs to levels 0 to 2', points: isInPlant(device) ? 8 : 0 },
      { what: `only ${Math.round(sure * 100)} % certain`, points: sure < 0.6 ? -12 : 0 },
    ],
  }
}

export const oldSystems = ({ inventory }: View): readonly Draft[] =>
  inventory.devices.flatMap((device) => {
    const found = device.facts.flatMap((fact) => {
      const is = oldOf(fact)
      return is === undefined ? [] : [{ fact, is }]
    })
    return found.length === 0 ? [] : [draftOf(device, found)]
  })
