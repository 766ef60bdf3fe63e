/** Notices when somebody else changes our tables or sysctls: alarm, one re-apply, then a person. */
import { createHash } from 'node:crypto'
import { readSysctl } from '#linux/sysctl.ts'
import { ipTable, table } from '#policy/nft/names.ts'
import { record, type Edge } from '../context.ts'
import { bridgeSysctls, enforce, isPrpSeen } from '../enforce.ts'
import { runningIn } from '../kernel/generations.ts'
import { restoreTemporary } from '../orders/permit.ts'

/** Somebody who flushes twice within this time wants something: it is left to a person. */
const patienceMs = 3_600_000

/** Chains, rules, sets and maps of both tables, without elements and counts. */
const structure = (edge: Edge): string =>
  [`${edge.family} ${table}`, `inet ${ipTable}`]
    .map((name) => {
      const listing = edge.nft.run(`list table ${name}`, { terse: true, stateless: true })
      return listing.ok ? listing.value : 'missing'
    })
    .join('')

export class TamperWatch {
  #digest = ''
  #generation = -1
  #reapplied = Number.NEGATIVE_INFINITY
  #told = false

  #wrong(edge: Edge): string | undefined {
    const running = runningIn(edge.nft)
    if (running === undefined) return 'our table or its base chain is gone'
    if (running.digest !== edge.plan.digest) return 'another plan is active'
    const digest = createHash('sha256').update(structure(edge)).digest('hex')
    if (this.#generation !== edge.generation || this.#digest === '') {
      this.#generation = edge.generation
      this.#digest = digest
    } else if (digest !== this.#digest) return 'rules, sets or chains of ours were changed'
    const altered = bridgeSysctls(edge.plan, isPrpSeen(edge.store)).find(([name, value]) => readSysctl(name) !== value)
    return altered === undefined ? undefined : `${altered[0]} was changed`
  }

  /** Called every two seconds. */
  async tick(edge: Edge): Promise<void> {
    const wrong = this.#wrong(edge)
    if (wrong === undefined) {
      if (edge.alarms.delete('tamper')) this.#told = false
      return
    }
    if (!this.#told) record(edge, { kind: 'tamper', text: `Somebody else changed what this edge enforces: ${wrong}.` })
    this.#told = true
    const now = performance.now()
    if (now - this.#reapplied < patienceMs) {
      edge.alarms.set('tamper', `Somebody else changed what this edge enforces (${wrong}) again; it was not re-applied a second time. Run \`bulkhead edge doctor\`.`)
      return
    }
    this.#reapplied = now
    const loaded = await enforce(edge.nft, edge.store, edge.plan)
    edge.generation = loaded.generation
    restoreTemporary(edge)
    this.#digest = ''
    this.#told = false
    record(edge, { kind: 'reapply', by: 'daemon', text: `The rules were loaded again, once: ${wrong}.`, details: { generation: loaded.generation } })
  }
}
