import { replug, visitors } from './attackers.ts'
import type { Chapter, Stage } from './stage.ts'

/** Decoys of a persona that stand now, in the order of addresses. */
export const standing = async (stage: Stage, persona: string) =>
  (await stage.edge.call('decoys', {})).decoys.filter((row) => row.persona === persona && row.state === 'standing')

/** Waits for the containment of an address. */
export const containment = (stage: Stage, ip: string) =>
  stage.edge.event(({ kind, source }) => kind === 'containment' && source?.ip === ip)

const identify = (address: string): readonly string[] => [
  'nmap',
  '-n',
  '-Pn',
  '-T4',
  '--host-timeout',
  '20s',
  '-p',
  '102',
  '--script',
  's7-info',
  address,
]
/** The first addresses of cell 1, its controllers among them, in order: first by ARP, then with a whole connection to whatever answers. */
const scan = [
  'nmap',
  '-n',
  '-sT',
  '-T5',
  '--max-hostgroup',
  '1',
  '--max-retries',
  '0',
  '-p',
  '102,502',
  '198.18.1.1-14',
] as const

export const decoys: Chapter = {
  id: 'decoys',
  title: 'A scan meets decoys before it meets a controller',
  run: async (stage) => {
    const { plant, edge, ledger } = stage
    const all = (await edge.call('decoys', {})).decoys
    const macs = new Set(all.map(({ mac }) => mac)).size
    ledger.decoys = { ...ledger.decoys, standing: all.length, macs }
    await stage.say(
      `On what is free of the network stand ${all.length} decoys. Somebody asks one of them what it is, with a tool that knows controllers.`,
    )
    const { scout, scanner } = visitors
    await replug(plant, 'laptop', scout)
    const [target] = (await standing(stage, 'siemens-s7-1200')).toReversed()
    const { stdout } = await stage.run('laptop', identify(target?.address ?? ''))
    const serial = /Serial Number: (.+)/.exec(stdout)?.[1]?.trim()
    stage.check(
      target !== undefined && serial === target.serial,
      serial === undefined
        ? 'nmap did not take the decoy for a controller'
        : `nmap sees ${/Module Type: (.+)/.exec(stdout)?.[1]?.trim()}, version ${/Version: (.+)/.exec(stdout)?.[1]?.trim()}, serial ${serial}`,
    )
    await stage.run('laptop', identify(target?.address ?? ''))
    stage.check(
      (await containment(stage, scout.ip)) !== undefined,
      `${scout.ip} has used up what a decoy of cell 2 gives, and is contained`,
    )
    await stage.say('Another one goes through cell 1, address by address. There the first connection is the last.')
    await replug(plant, 'laptop', scanner)
    const { sent, delivered } = await stage.attack(scanner.mac, () => stage.run('laptop', scan))
    ledger.leaked += delivered
    stage.check(sent > 0 && delivered === 0, `${delivered} of ${sent} packets reached a controller`)
    const contact = await edge.event(({ kind, source }) => kind === 'decoy-contact' && source?.ip === scanner.ip)
    stage.check(contact !== undefined, contact?.text ?? 'no event of a decoy')
    stage.check((await containment(stage, scanner.ip)) !== undefined, `${scanner.ip} is contained by what it touched`)
    ledger.decoys = {
      ...ledger.decoys,
      contacts: edge.events.filter(({ kind }) => kind === 'decoy-contact').length,
      delivered: ledger.decoys.delivered + delivered,
    }
    await stage.pause(1)
  },
}
