/** What is done to the plant of our-plant.ts, once each, while it works; and what has to be said of it. */
import { arp, ethernet } from '#packet/build.ts'
import { etherTypes, tcpFlags } from '#packet/numbers.ts'
import { bytesOf } from '#protocols/reading.ts'
import { controllerOf, hmi, intruder, lineOf } from './our-plant.ts'
import type { Exchange, Host, Recorder } from './recorder.ts'
import { speeches, type Speech } from './speech.ts'

export interface Attack {
  readonly name: string
  /** @param at ms since the recording began */
  readonly strike: (to: Recorder, at: number) => void
  /** Signs with their techniques and their source, and no others. */
  readonly signs: readonly string[]
  /** It looks like engineering of somebody who may: the decision is left to a person, who then finds the intruder among the assets. */
  readonly forDecision?: true
}

/** The HMI's address, from another machine. */
const forger: Host = { ip: hmi.ip, mac: intruder.mac }
const far = 31_000

const sign = (kind: string, techniques: readonly string[], source: string) => [kind, ...techniques, source].join(' ')

const addressOf = (number: number) => `198.18.1.${number}`
const nobody = (number: number): Host => ({ ip: addressOf(number), mac: `00:0e:8c:aa:02:${10 + (number % 80)}` })

const openings = (to: Recorder, at: number, target: Host, port: number, sport: number, answers: boolean): void => {
  to.segment(at, intruder, target, { sport, dport: port, flags: tcpFlags.syn })
  if (!answers) return
  const flags = tcpFlags.rst | tcpFlags.ack
  to.segment(at + 1, target, intruder, { sport: port, dport: sport, flags, seq: 0, ack: 2 })
}

const modbus = speeches.find(({ protocol }) => protocol === 'modbus')
const plc = modbus === undefined ? nobody(10) : controllerOf(modbus)

const searches: readonly Attack[] = [
  {
    name: 'a new host looks for one service in the whole subnet',
    strike: (to, at) => {
      for (let n = 20; n < 120; n++) openings(to, at + n * 10, nobody(n), 502, 41_000 + n, false)
    },
    signs: [sign('scan', ['T0846'], intruder.ip)],
  },
  {
    name: 'a new host tries the ports of a controller',
    strike: (to, at) => {
      for (let port = 1; port <= 200; port++) openings(to, at + port * 10, plc, port, 42_000, true)
    },
    signs: [sign('scan', ['T0846'], intruder.ip)],
  },
  {
    name: 'a new host sends echo requests to the whole subnet',
    strike: (to, at) => {
      for (let n = 20; n < 120; n++) to.echo(at + n * 10, intruder, nobody(n))
    },
    signs: [sign('scan', ['T0846'], intruder.ip)],
  },
  {
    name: 'a new host asks for every address of the subnet by ARP',
    strike: (to, at) => {
      for (let n = 1; n < 255; n++) to.whoHas(at + n * 10, intruder, addressOf(n))
    },
    signs: [sign('scan', ['T0846'], intruder.mac)],
  },
]

/** ARP answers that say the HMI is at the intruder. */
const poison = (to: Recorder, at: number, target: Host): void =>
  to.frame(
    at,
    ethernet({
      src: intruder.mac,
      dst: target.mac,
      etherType: etherTypes.arp,
      payload: arp({
        operation: 2,
        senderMac: intruder.mac,
        senderIp: hmi.ip,
        targetMac: target.mac,
        targetIp: target.ip,
      }),
    }),
  )

const forged = (speech: Speech): readonly Attack[] => [
  {
    name: `writes in ${speech.protocol} from the HMI's address and another Ethernet address, to the place that it writes to`,
    strike: (to, at) => {
      for (let n = 0; n < 20; n++) poison(to, at + n * 500, controllerOf(speech))
      const line = lineOf(to, at + 100, forger, speech)
      for (let n = 0; n < 3; n++) line.say(at + 1500 + n * 700, (number) => speech.set(number, far))
    },
    signs: [sign('forged-write', ['T1692.001', 'T0831'], hmi.ip), sign('address-conflict', ['T0830'], intruder.mac)],
  },
  {
    name: `writes in ${speech.protocol} from the HMI's address and another Ethernet address, to another place`,
    strike: (to, at) => {
      for (let n = 0; n < 20; n++) poison(to, at + n * 500, controllerOf(speech))
      const line = lineOf(to, at + 100, forger, speech)
      for (let n = 0; n < 3; n++) line.say(at + 1500 + n * 700, (number) => speech.setElsewhere(number, 230))
    },
    signs: [sign('forged-write', ['T1692.001', 'T0831'], hmi.ip), sign('address-conflict', ['T0830'], intruder.mac)],
  },
  {
    name: `the HMI itself writes in ${speech.protocol} where it never does, a value that it never does`,
    strike: (to, at) => {
      const line = lineOf(to, at, hmi, speech)
      for (let n = 0; n < 2; n++) line.say(at + 1500 + n * 700, (number) => speech.setElsewhere(number, far))
    },
    signs: [sign('forged-write', ['T1692.001', 'T0831'], hmi.ip)],
  },
  {
    name: `the HMI itself writes in ${speech.protocol} where it always does, values that it never does`,
    strike: (to, at) => {
      const line = lineOf(to, at, hmi, speech)
      for (const [n, value] of [far, far, 0].entries())
        line.say(at + 1500 + n * 700, (number) => speech.set(number, value))
    },
    signs: [sign('forged-write', ['T1692.001', 'T0831'], hmi.ip)],
  },
  {
    name: `a new host speaks ${speech.protocol} too, and writes`,
    strike: (to, at) => {
      const line = lineOf(to, at, intruder, speech)
      line.say(at + 1000, speech.poll)
      for (let n = 0; n < 3; n++) line.say(at + 1500 + n * 700, (number) => speech.set(number, 230))
    },
    signs: [sign('new-master', ['T1692.001', 'T0836'], intruder.ip)],
  },
]

const engineering = (speech: Speech): readonly Attack[] =>
  [hmi, intruder].flatMap((source) => {
    const who = source === hmi ? 'the HMI itself' : 'a new host'
    const also = source === hmi ? [] : [sign('new-master', ['T1692.001', 'T0836'], source.ip)]
    const { stop, stopTechniques, download } = speech
    const stopping: Attack = {
      name: `${who} stops the controller in ${speech.protocol}`,
      strike: (to, at) => lineOf(to, at, source, speech).say(at + 1000, stop),
      signs: [...also, sign('device-stop', stopTechniques, source.ip)],
    }
    if (download === undefined) return [stopping]
    return [
      stopping,
      {
        name: `${who} writes a program to the controller in ${speech.protocol}`,
        strike: (to, at) => {
          const line = lineOf(to, at, source, speech)
          for (const [n, part] of download.entries()) line.say(at + 1000 + n * 100, part)
        },
        signs: [...also, sign('program-download', ['T0843'], source.ip)],
      },
    ]
  })

const sweeps = (speech: Speech): readonly Attack[] =>
  [hmi, intruder].map((source) => ({
    name: `${source === hmi ? 'the HMI itself' : 'a new host'} reads object after object in ${speech.protocol}`,
    strike: (to, at) => {
      const line = lineOf(to, at, source, speech)
      for (let n = 0; n < 60; n++) line.say(at + 1000 + n * 150, (number) => speech.read(number, n))
    },
    signs: [sign('sweep', ['T0861', 'T0888'], source.ip)],
  }))

/** A function of MODBUS that is left to vendors (V1.1b3, 5), as a tool would use it that knows one of them. */
const vendorFunction: Attack = {
  name: 'a new host uses a function of a vendor, again and again',
  strike: (to, at) => {
    if (modbus === undefined) return
    const line = lineOf(to, at, intruder, modbus)
    for (let n = 0; n < 300; n++)
      line.say(at + 1000 + n * 100, (number) => {
        const message = bytesOf(`${number.toString(16).padStart(4, '0')} 0000 0004 01 46 0102`)
        return [message, message]
      })
  },
  signs: [],
  forDecision: true,
}

const s7 = speeches.find(({ protocol }) => protocol === 's7comm')
/** A password of an S7 controller, and what is answered to a wrong one. */
const wrongPassword: Exchange = [
  bytesOf('03000025 02f080 3207000006000008000c 0001120411450100 ff090008213a1b1d6e681b1d'),
  bytesOf('03000021 02f080 320700000600000c0004 0001120812850100 0000d602 0a000000'),
]

const logins: readonly Attack[] = [
  {
    name: 'a new host guesses passwords at a login service of a controller',
    strike: (to, at) => {
      for (let n = 0; n < 60; n++) {
        const session = to.session(at + n * 1000, intruder, plc, 23)
        session.say(at + n * 1000 + 100, [Buffer.from('admin\r\n'), Buffer.from('Password: ')])
        session.say(at + n * 1000 + 200, [Buffer.from(`guess${n}\r\n`), Buffer.from('Login incorrect\r\n')])
        session.close(at + n * 1000 + 300)
      }
    },
    signs: [sign('brute-force', ['T0859'], intruder.ip)],
  },
  ...(s7 === undefined
    ? []
    : [
        {
          name: 'a new host guesses the password of a controller in s7comm',
          strike: (to: Recorder, at: number) => {
            const line = lineOf(to, at, intruder, s7)
            for (let n = 0; n < 60; n++) line.say(at + 1000 + n * 300, () => wrongPassword)
          },
          signs: [sign('brute-force', ['T0859'], intruder.ip)],
        },
      ]),
]

export const attacks: readonly Attack[] = [
  ...searches,
  ...speeches.flatMap(forged),
  ...speeches.flatMap(engineering),
  ...speeches.flatMap(sweeps),
  ...logins,
  vendorFunction,
]
