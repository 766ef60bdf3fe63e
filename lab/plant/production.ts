/** The ordinary work of the plant: controllers that serve, an HMI, a historian and an interlock that ask them. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Fault } from '#core/errors.ts'
import type { PollRow } from '../messages.ts'
import { Device, program, rowOf } from './device.ts'
import { bottling } from './hosts.ts'
import type { Plant } from './plant.ts'

interface Conversation {
  readonly conduit: string
  readonly from: string
  readonly to: string
  readonly service: 'modbus' | 'udp'
  /** Polls per second. */
  readonly rate: number
  /** Over IPv6. */
  readonly ip6?: boolean
}

const bottlingConversations: readonly Conversation[] = [
  ...['plc-fill', 'plc-cap', 'plc-pack', 'plc-pallet'].map((to): Conversation => ({
    conduit: 'hmi-operates-plcs',
    from: 'hmi',
    to,
    service: 'modbus',
    rate: 10,
  })),
  { conduit: 'historian-records', from: 'historian', to: 'plc-fill', service: 'modbus', rate: 2 },
  { conduit: 'historian-records', from: 'historian', to: 'plc-pack', service: 'modbus', rate: 2, ip6: true },
  { conduit: 'cell-interlock', from: 'plc-fill', to: 'plc-pack', service: 'udp', rate: 20 },
]
const dairyConversations: readonly Conversation[] = [
  { conduit: 'hmi-operates-vat', from: 'dairy-hmi', to: 'plc-vat', service: 'modbus', rate: 10 },
]
const interlockPort = 5000
const reportSeconds = 0.5
/** ms; on a busy machine */
const reportLimit = 30_000

/** Controllers that speak something else than Modbus. */
const programs: Readonly<Record<string, string>> = { 'plc-weigh': 's7/plc' }

interface Report {
  /** Where one process polls several. */
  readonly host?: string
  readonly kind?: string
  readonly sent?: number
  readonly answered?: number
  readonly lost?: number
  readonly reconnects?: number
  readonly outstanding?: number
  readonly rtt?: { readonly p50: number; readonly p99: number }
}

/** One poller: the process and its last report. */
class Poller {
  readonly conversation: Conversation
  readonly child: ChildProcess
  last: Report = {}
  readonly #asked: ((total: Report) => void)[] = []

  constructor(conversation: Conversation, host: string, child: ChildProcess) {
    this.conversation = conversation
    this.child = child
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const report: Report = rowOf(line)
      if (report.host !== undefined && report.host !== host) return
      if (report.kind === 'polls') this.last = report
      if (report.kind === 'total') for (const tell of this.#asked.splice(0)) tell(report)
    })
  }

  row(report: Report = this.last): PollRow {
    const { conduit, from, to } = this.conversation
    const { sent = 0, answered = 0, lost = 0, reconnects = 0, outstanding = 0, rtt } = report
    return {
      conduit,
      from,
      to,
      sent,
      answered,
      lost,
      reconnects,
      outstanding,
      ...(rtt === undefined ? {} : { p50: rtt.p50, p99: rtt.p99 }),
    }
  }

  /** Counts and round trips since its start, as of now. */
  async report(): Promise<PollRow> {
    const { promise, resolve, reject } = Promise.withResolvers<Report>()
    const { from, to } = this.conversation
    const fail = () => reject(new Fault('internal', `The poller from ${from} to ${to} does not answer.`))
    const late = setTimeout(fail, reportLimit)
    this.#asked.push(resolve)
    if (!this.child.kill('SIGUSR2')) fail()
    return this.row(await promise.finally(() => clearTimeout(late)))
  }
}

const conversationsOf = ({ lab }: Plant): readonly Conversation[] =>
  lab === bottling ? bottlingConversations : dairyConversations

export class Production {
  readonly #pollers: readonly Poller[]

  private constructor(pollers: readonly Poller[]) {
    this.#pollers = pollers
  }

  /** Starts the controllers and waits until they serve. @throws Fault */
  static serve(plant: Plant): Promise<readonly Device[]> {
    const controllers = plant.hosts.filter(({ kind }) => kind === 'plc')
    // Where a conversation is over UDP, its other end answers beside the controller.
    const echoes = conversationsOf(plant).filter(({ service }) => service === 'udp')
    return Promise.all([
      ...controllers.map(({ name }) => Device.start(plant, name, program(programs[name] ?? 'plc', '--host', '::'))),
      ...echoes.map(({ to }) =>
        Device.start(plant, to, program('udp-echo', '--host', plant.host(to).ip, '--port', String(interlockPort))),
      ),
    ])
  }

  /** Starts everybody who polls. */
  static poll(plant: Plant): Production {
    // A station is one program, whatever it asks.
    const stations = Map.groupBy(conversationsOf(plant), ({ from, service }) => `${from} ${service}`)
    const start = (conversations: readonly Conversation[]): Poller[] => {
      const [first] = conversations
      if (first === undefined) return []
      const { from, service, rate } = first
      const hosts = conversations.map(({ to, ip6 = false }) => {
        const target = plant.host(to)
        return ip6 ? (target.ip6 ?? target.ip) : target.ip
      })
      const settings = ['--host', hosts.join(','), '--rate', String(rate), '--report', String(reportSeconds)]
      const argv =
        service === 'udp'
          ? program('udp-poller', ...settings, '--port', String(interlockPort))
          : program('poller', ...settings)
      const child = plant.spawn(from, argv, { stdio: ['ignore', 'pipe', 'ignore'] })
      return conversations.map((conversation, at) => new Poller(conversation, hosts[at] ?? '', child))
    }
    return new Production([...stations.values()].flatMap(start))
  }

  /** As of the last reports, at most half a second old. */
  get rows(): readonly PollRow[] {
    return this.#pollers.map((poller) => poller.row())
  }

  /** Polls as of now. */
  async lost(): Promise<{ readonly sent: number; readonly lost: number }> {
    const rows = await this.totals()
    return { sent: sum(rows, 'sent'), lost: sum(rows, 'lost') }
  }

  /** As of now, with round trips since the start. */
  totals(): Promise<readonly PollRow[]> {
    return Promise.all(this.#pollers.map((poller) => poller.report()))
  }
}

export const sum = (
  rows: readonly PollRow[],
  what: 'sent' | 'answered' | 'lost' | 'reconnects' | 'outstanding',
): number => rows.reduce((total, row) => total + row[what], 0)
