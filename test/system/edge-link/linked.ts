/** A real edge in namespaces, enrolled with a small manager in this process. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tcpFrame, Cell, edgeName, policyText, until } from '../orders/cell.ts'
import { bulkheadAtEdge } from '../edge-process.ts'
import { type Peer, startPeer } from './peer.ts'
import type { Digest, StateReport } from '#schema/link-frames.ts'

export const identity = { site: 'riverside', edge: edgeName }
export const responses =
  '  - { zone: supervisory, event: sensor, known: contain 1m, agreed-by: [security, operations] }'
export const policy = policyText({ responses })
export const rogue = '198.18.1.40'

/** An order as a manager gives it, without its number. */
export const order = (id: string, ip: string, more: object = {}) => ({
  type: 'order' as const,
  id,
  scope: { level: 'fleet' },
  by: 'ana',
  reason: 'worm',
  at: Date.now(),
  action: 'contain',
  ip,
  expires: Date.now() + 600_000,
  ...more,
})
/** What orders have in common with permits and risk. */
export const without = (id: string) => {
  const { action: _, ip: __, ...rest } = order(id, rogue)
  return rest
}

export class Linked {
  readonly cell: Cell
  readonly peer: Peer
  readonly folder: string

  private constructor(cell: Cell, peer: Peer, folder: string) {
    this.cell = cell
    this.peer = peer
    this.folder = folder
  }

  /** @param state directory of the edge; its own when absent */
  static async start(name: string, state?: string): Promise<Linked> {
    const folder = mkdtempSync('/run/bulkhead-link-')
    const peer = await startPeer({ identity, path: join(folder, 'manager.sock'), digest: 1 })
    const cell = await Cell.start(name, policy, state === undefined ? {} : { state })
    const linked = new Linked(cell, peer, folder)
    writeFileSync(join(folder, 'token'), peer.token())
    await linked.enrol(cell.daemon.state)
    await linked.stands()
    return linked
  }

  /** The real command. */
  async enrol(state: string): Promise<void> {
    const words = ['edge', 'enrol', '--token-file', join(this.folder, 'token'), '--state', state]
    const { code, stderr } = await bulkheadAtEdge(this.cell.world, words)
    assert.equal(code, 0, stderr)
  }

  stands(): Promise<void> {
    return until('the link stands', 30_000, () => this.peer.connected && this.peer.hellos.length > 0)
  }

  knock(from: 'ews' | 'historian' | 'laptop' | 'hmi', port = 502): Promise<boolean> {
    return this.cell.passes(from, 'plc', tcpFrame({ from, to: 'plc' }, port))
  }

  /** Who is contained by order. */
  async contained(): Promise<string[]> {
    return (await this.cell.status()).containments.filter(({ kind }) => kind === 'ordered').map(({ ip }) => ip)
  }

  said(id: string, count = 1): Promise<void> {
    const { stateReports } = this.peer
    return until(`${count} reports of ${id}`, 30_000, () => stateReports.filter((one) => one.id === id).length >= count)
  }

  /** The newest report of an object. */
  async report(id: string): Promise<StateReport | undefined> {
    await this.said(id)
    return this.peer.stateReports.findLast((one) => one.id === id)
  }

  async nextDigest(): Promise<Digest | undefined> {
    const before = this.peer.digests.length
    await until('a digest comes', 30_000, () => this.peer.digests.length > before)
    return this.peer.digests.at(-1)
  }

  async close(): Promise<void> {
    await this.cell.close()
    await this.peer.stop()
  }
}
