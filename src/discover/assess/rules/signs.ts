/** What looks like an attack in the recordings, as findings: it comes first, and stays out of every proposal. */
import type { Device, Sign, SignKind } from '../../model.ts'
import type { Draft } from '../risk.ts'
import { distinct, type View } from '../view.ts'
import { inPolicy, listed } from '../wording.ts'

interface Meaning {
  readonly points: number
  readonly consequence: string
}

const meanings: Readonly<Record<SignKind, Meaning>> = {
  'device-stop': { points: 88, consequence: 'The device stands still, and with it what it drives.' },
  'program-download': { points: 86, consequence: 'The device may run another program than the one that was accepted.' },
  'forged-write': { points: 86, consequence: 'Outputs and set-points follow somebody else than the operators.' },
  'new-master': { points: 80, consequence: 'Somebody who never did so before gives commands to the process.' },
  'brute-force': {
    points: 72,
    consequence: 'When it succeeds, somebody has a login that every log takes for a real one.',
  },
  flood: { points: 70, consequence: 'Devices answer late or not at all: control loops and alarms lose their time.' },
  'address-conflict': {
    points: 62,
    consequence: 'Traffic of one device goes through another, which can read and change it.',
  },
  scan: {
    points: 60,
    consequence: 'Somebody learns what there is to attack; old controllers stop when they are scanned.',
  },
  'program-upload': {
    points: 58,
    consequence: "The program, and with it the process and its weak points, is in somebody else's hands.",
  },
  sweep: { points: 55, consequence: 'Somebody looks for what is there: the step before the next one.' },
  malformed: {
    points: 45,
    consequence: 'Messages that no correct client sends: a fault in a device, or an attempt to cause one.',
  },
}

const draftOf = (sign: Sign, device: (address: string) => Device | undefined): Draft => {
  const devices = distinct([sign.source, ...sign.targets].map(device).filter((one) => one !== undefined))
  const { points, consequence } = meanings[sign.kind]
  const source = device(sign.source)
  return {
    id: `sign-${sign.kind}`,
    devices,
    title: sign.text.replace(/\.$/, ''),
    consequence,
    next: `Find out who was at ${source?.id ?? sign.source} at that time. It is in no proposal; with an edge in \`mode: contain\` its first packet would have been dropped${source === undefined ? '' : `, and \`bulkhead edge contain ${source.ips[0] ?? source.id}\` stops it now`}. Look at ${devices.length > 1 ? inPolicy(devices.slice(1)) : listed(sign.targets)} for what was changed.`,
    techniques: sign.techniques,
    evidence: [sign.evidence],
    factors: [
      { what: `sign of attack: ${sign.kind}`, points },
      { what: `${Math.round(sign.confidence * 100)} % certain`, points: Math.round((sign.confidence - 1) * 40) },
    ],
  }
}

export const signsOfAttack = ({ signs, inventory }: View): readonly Draft[] =>
  signs.map((sign) => draftOf(sign, (address) => inventory.at(sign.vlan, address)))
