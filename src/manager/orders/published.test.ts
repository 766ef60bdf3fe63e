import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Manager } from '../context.ts'
import type { PolicyReader } from '../policies/in-force.ts'
import { ownNetwork, publishedSite, publishedSites } from './published.ts'

const text = (ip: string): string => `
version: 1
site: anything
edges: {}
zones: { cell: { level: 1, networks: [10.5.0.0/16] } }
assets: { box: { ips: ["${ip}"], zone: cell, kind: plc } }
`

/** Revisions as they are now, and how many were read. */
const shelf = (revisions: Record<string, [number, string]>) => {
  let reads = 0
  const reader: PolicyReader = {
    newest: async (site) =>
      new Map(
        Object.entries(revisions).flatMap(([name, [revision]]) =>
          site === undefined || site === name ? [[name, revision] as const] : [],
        ),
      ),
    text: async (site) => {
      reads++
      return revisions[site]?.[1]
    },
  }
  return { reader, revisions, reads: () => reads }
}
// Nothing here asks a database.
const manager = (): Pick<Manager, 'db'> => Object.create(null)

describe('the published policy of a site', () => {
  it('says whose an address is, and which networks are its own', async () => {
    const { reader } = shelf({ north: [3, text('::ffff:10.5.0.9')] })
    const site = (await publishedSite(manager(), 'north', reader))!
    assert.deepEqual(site.known.get('10.5.0.9'), { asset: 'box', kind: 'plc', zone: 'cell' })
    assert.deepEqual([ownNetwork(site, '10.5.1.1'), ownNetwork(site, '10.6.1.1')], [true, false])
  })
  it('is read once for each revision', async () => {
    const one = manager()
    const { reader, revisions, reads } = shelf({ north: [3, text('10.5.0.9')] })
    await publishedSite(one, 'north', reader)
    await publishedSites(one, reader)
    assert.equal(reads(), 1)
    revisions['north'] = [4, text('10.5.0.10')]
    assert.ok((await publishedSite(one, 'north', reader))?.known.has('10.5.0.10'))
    assert.equal(reads(), 2)
  })
  it('is nothing where there is none, or where it cannot be read', async () => {
    const { reader } = shelf({ north: [1, 'version: 9'], south: [2, '{ ['] })
    assert.equal(await publishedSite(manager(), 'west', reader), undefined)
    assert.deepEqual(await publishedSites(manager(), reader), [])
  })
})
