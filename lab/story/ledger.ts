/** Figures as they are counted in the course of the story. */
import {
  percentile,
  type AttackFigures,
  type ChapterFigures,
  type CommandFigures,
  type ContainmentFigures,
  type DecoyFigures,
  type FabricFigures,
  type Figures,
  type OutageFigures,
} from '../figures.ts'
import type { PollRow } from '../messages.ts'
import { sum } from '../plant/production.ts'
import { minus, type Count } from '../plant/witness.ts'

export interface Order {
  readonly total: number
  readonly kernel: number
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000

export class Ledger {
  readonly chapters: ChapterFigures[] = []
  readonly orders: Order[] = []
  reportedMs = 0
  contained = 0
  leaked = 0
  start = { plantMs: 0, enforcingMs: 0 }
  outage: OutageFigures = { deadMs: 0, sent: 0, delivered: 0, pollsLost: 0, restartMs: 0 }
  commands: CommandFigures = {
    permitted: 0,
    refused: 0,
    delivered: 0,
    sessionsLost: 0,
    inspectorKill: { packetsUninspected: 0, flows: 0, gapMs: 0, pollsLost: 0, reconnects: 0 },
  }
  decoys: DecoyFigures = {
    standing: 0,
    macs: 0,
    contacts: 0,
    delivered: 0,
    bruteForce: 0,
    compromised: 0,
    moved: 0,
    epoch: 0,
  }
  readonly fabric: { -readonly [K in keyof FabricFigures]: FabricFigures[K] } = {
    sites: 2,
    orderMs: 0,
    delivered: 0,
    enforced: 0,
    desired: 0,
    downMs: 0,
    backMs: 0,
    caughtUpMs: 0,
    events: 0,
    missing: 0,
    twice: 0,
    pollsLost: 0,
  }
  #attack: AttackFigures = { sent: 0, delivered: 0 }

  attack(before: Count, after: Count): Count {
    const count = minus(after, before)
    this.#attack = { sent: this.#attack.sent + count.sent, delivered: this.#attack.delivered + count.delivered }
    return count
  }

  get containment(): ContainmentFigures {
    const totals = this.orders.map(({ total }) => total)
    return {
      leaked: this.leaked,
      contained: this.contained,
      reportedMs: round(this.reportedMs),
      orders: this.orders.length,
      orderMs: round(percentile(totals, 0.99)),
      orderP50Ms: round(percentile(totals, 0.5)),
      orderKernelMs: round(
        percentile(
          this.orders.map(({ kernel }) => kernel),
          0.99,
        ),
      ),
    }
  }

  figures(site: string, edge: string, polls: readonly PollRow[]): Figures {
    const slowest = (what: 'p50' | 'p99') => Math.max(0, ...polls.map((row) => row[what] ?? 0))
    return {
      ok: this.chapters.every(({ ok }) => ok),
      site,
      edge,
      root: !process.env['BULKHEAD_LAB_ROOTLESS'],
      start: { plantMs: Math.round(this.start.plantMs), enforcingMs: Math.round(this.start.enforcingMs) },
      polls: {
        sent: sum(polls, 'sent'),
        answered: sum(polls, 'answered'),
        lost: sum(polls, 'lost'),
        reconnects: sum(polls, 'reconnects'),
        p50Ms: slowest('p50'),
        p99Ms: slowest('p99'),
      },
      attack: this.#attack,
      containment: this.containment,
      outage: this.outage,
      commands: this.commands,
      decoys: this.decoys,
      fabric: {
        ...this.fabric,
        downMs: Math.round(this.fabric.downMs),
        backMs: Math.round(this.fabric.backMs),
        caughtUpMs: Math.round(this.fabric.caughtUpMs),
      },
      chapters: this.chapters,
    }
  }
}
