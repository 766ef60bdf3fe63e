/**
 * A plant as it is found: two switches and one cable between them, with everything polling over it. Beside it stands the box: its mirror
 * port is cabled to the plant's switch, its two ports to a spare port of each switch, which are shut.
 */
import * as z from 'zod'
import { runIp } from '#linux/ip.ts'
import { Nft } from '#linux/nftables.ts'
import { ipBatch } from '../world/ip-batch.ts'
import { fieldSwitch, wire } from '../world/layout.ts'
import { Program } from '../world/program.ts'
import { createWorld, type World } from '../world/world.ts'

export const macs = {
  'plc-a': '02:00:00:00:01:10',
  'plc-b': '02:00:00:00:01:11',
  hmi: '02:00:00:00:02:70',
  historian: '02:00:00:00:02:71',
  ews: '02:00:00:00:02:72',
  stranger: '02:00:00:00:02:66',
} as const

export const addresses = {
  'plc-a': '198.18.1.10',
  'plc-b': '198.18.1.11',
  hmi: '198.18.1.70',
  historian: '198.18.1.71',
  ews: '198.18.1.72',
  stranger: '198.18.1.99',
} as const

type Host = keyof typeof addresses
const host = (name: Host, port: 'plant' | 'cell') => ({ port, mac: macs[name], ip4: `${addresses[name]}/24` }) as const

/** The switch port of the cable from switch to switch, and the one that the box listens at. */
export const uplink = 'uplink'
const span = 'span'
/** Interface of the box. */
export const mirror = 'mirror'

export class Plant {
  readonly world: World
  readonly name: string

  constructor(world: World, name: string) {
    this.world = world
    this.name = name
  }

  /** The switch of one side, a namespace. */
  switchAt(side: 'plant' | 'cell'): string {
    return `${this.name}-at-${side}`
  }

  /**
   * The cables are moved: the cable between the switches is unplugged, and the two to the box are plugged in, or the other way round.
   * @returns ms that this took
   */
  async cable(through: 'box' | 'switches'): Promise<number> {
    const [off, on] = through === 'box' ? [uplink, wire] : [wire, uplink]
    const start = performance.now()
    await Promise.all(
      (['plant', 'cell'] as const).map((side) =>
        ipBatch(
          [
            ['link', 'set', off, 'down'],
            ['link', 'set', on, 'up'],
          ],
          this.switchAt(side),
        ),
      ),
    )
    return performance.now() - start
  }

  /** Frames that the box has sent on its mirror port, ever. */
  async sentOnMirror(): Promise<number> {
    const rows = Links.parse(
      JSON.parse(await runIp(['-j', '-s', 'link', 'show', 'dev', mirror], { namespace: this.world.edge })),
    )
    return rows.reduce((sum, row) => sum + row.stats64.tx.packets, 0)
  }

  close(): Promise<void> {
    return this.world.close()
  }
}

const Links = z.array(z.object({ stats64: z.object({ tx: z.object({ packets: z.number() }) }) }))

/**
 * Port mirroring (SPAN): both directions of one port, copied to a port that is in no bridge and forwards nothing. nftables copies at the
 * port itself, as `tc … mirred` does, for which many kernels have no classifier; a bridge that floods would show frames of other ports too.
 */
const mirroring = `table netdev span {
  chain in { type filter hook ingress device ${uplink} priority 0; policy accept; dup to ${span}; }
  chain out { type filter hook egress device ${uplink} priority 0; policy accept; dup to ${span}; }
}`

export const buildPlant = async (name: string): Promise<Plant> => {
  const world = await createWorld({
    name,
    ports: ['plant', 'cell'],
    bridged: false,
    hosts: {
      'plc-a': host('plc-a', 'cell'),
      'plc-b': host('plc-b', 'cell'),
      hmi: host('hmi', 'plant'),
      historian: host('historian', 'plant'),
      ews: host('ews', 'plant'),
      stranger: host('stranger', 'plant'),
    },
  })
  const plant = new Plant(world, name)
  const [above, below] = [plant.switchAt('plant'), plant.switchAt('cell')]
  const cables = [
    [uplink, above, uplink, below, 600],
    [span, above, mirror, world.edge, 610],
  ] as const
  // Ends with different indexes: else the kernel may notice a carrier a second late.
  await ipBatch(
    cables.map(([near, here, far, there, index]) => {
      const [first, second] = [String(index), String(index + 1)]
      const ends = ['type', 'veth', 'peer', far, 'index', second, 'netns', there]
      return ['link', 'add', near, 'index', first, 'netns', here, ...ends]
    }),
  )
  for (const namespace of [above, below])
    await ipBatch(
      [
        ['link', 'set', wire, 'down'],
        ['link', 'set', uplink, 'master', fieldSwitch, 'up'],
      ],
      namespace,
    )
  await ipBatch([['link', 'set', span, 'up']], above)
  await ipBatch([['link', 'set', mirror, 'up']], world.edge)
  using nft = Nft.open({ namespace: above })
  const set = nft.run(mirroring)
  if (!set.ok) throw new Error('the switch cannot mirror a port: this kernel has no nft `dup` at ingress and egress')
  return plant
}

const Counts = z.object({
  sent: z.number(),
  answered: z.number(),
  /** Without an answer, although TCP sent them again. */
  lost: z.number(),
  /** Connections that ended. */
  broken: z.number(),
  /** Answered with a refusal. */
  refused: z.number(),
  /** The longest that a poll waited for its answer, since the start. */
  longestMs: z.number(),
})
export type Counts = z.infer<typeof Counts>

export interface Production {
  readonly hmi: Program
  /** Counts once everything that was `sent` by now is answered or lost. */
  settled(): Promise<Counts>
  stop(): Promise<void>
}

const add = (a: Counts, b: Counts): Counts => ({
  sent: a.sent + b.sent,
  answered: a.answered + b.answered,
  lost: a.lost + b.lost,
  broken: a.broken + b.broken,
  refused: a.refused + b.refused,
  longestMs: Math.max(a.longestMs, b.longestMs),
})

/** Controllers, an HMI that reads and writes a set point, and a historian that reads. */
export const startProduction = async (world: World): Promise<Production> => {
  const station = (name: Host, ...args: string[]) => new Program(world, name, 'test/system/brownfield/station.ts', args)
  const plcs = (['plc-a', 'plc-b'] as const).map(
    (name) => new Program(world, name, 'lab/devices/plc.ts', ['--host', addresses[name]]),
  )
  await Promise.all(plcs.map((plc) => plc.line()))
  const both = `${addresses['plc-a']},${addresses['plc-b']}`
  const hmi = station('hmi', '--hosts', both, '--rate', '20', '--low', '200', '--high', '400')
  const historian = station('historian', '--hosts', both, '--rate', '10', '--register', '0', '--count', '10')
  await Promise.all([hmi.line(), historian.line()])
  return {
    hmi,
    settled: async () => {
      const all = await Promise.all([hmi, historian].map(async (one) => Counts.parse(await one.ask('counts'))))
      return all.reduce(add)
    },
    stop: async () => {
      await Promise.all([hmi, historian, ...plcs].map((program) => program.end()))
    },
  }
}
