/** What inspectors counted of each conduit: those that judge now, and those that ended before them. */
import { Counts } from '#inspect/counts.ts'
import { ConduitCounts, type InspectorReport } from '#schema/inspection.ts'

const nothing: ConduitCounts = Object.assign({}, new Counts())
const names = ConduitCounts.keyof().options

const added = (a: ConduitCounts, b: ConduitCounts | undefined): ConduitCounts =>
  b === undefined ? a : names.reduce((sum, name) => ({ ...sum, [name]: a[name] + b[name] }), a)

/** An inspector takes its figures with it when it ends; all but those of its last second were asked for before. */
export class CommandCounts {
  /** The newest report of each queue. */
  readonly #newest = new Map<string, InspectorReport>()
  readonly #ended = new Map<string, ConduitCounts>()

  take(reports: readonly InspectorReport[]): void {
    for (const report of reports) {
      const queue = `${report.role} ${report.queue}`
      const before = this.#newest.get(queue)
      this.#newest.set(queue, report)
      if (before === undefined || before.run === report.run) continue
      for (const [id, counts] of Object.entries(before.counts)) this.#ended.set(id, added(counts, this.#ended.get(id)))
    }
  }

  /** @returns what all inspectors counted of a conduit, the earlier ones since the daemon began */
  of(id: string): ConduitCounts {
    return [...this.#newest.values()].reduce(
      (all, { counts }) => added(all, counts[id]),
      this.#ended.get(id) ?? nothing,
    )
  }
}
