/** Simulated edges as the manager knows real ones: rows with the public half of a key, made in bulk by its local administrator. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openState } from '#manager/open.ts'
import type { EdgeIdentity } from '#schema/link-values.ts'
import type { Member } from './fleet.ts'
import { authorityOf, issueSvid } from './svid.ts'

const rowsAtOnce = 1000

export const nameOf = (index: number, sites: number): EdgeIdentity => ({
  site: `sim-${index % sites}`,
  edge: `sim-${index}`,
})

/** The public half, in PEM, of the key that signs what goes down. */
const signerOf = (state: string): string =>
  createPublicKey(createPrivateKey(readFileSync(join(state, 'objects.key'), 'utf8')))
    .export({ type: 'spki', format: 'pem' })
    .toString()

export interface Enlisted {
  readonly members: readonly Member[]
  readonly ca: string
  readonly signer: string
}

/**
 * Makes keys and certificates for edges `first`… `first + count - 1`, and enrols them at the manager whose state directory this is.
 * @param url DATABASE_URL of that manager, when it has one
 */
export const enlist = async (
  state: string,
  { count, sites, domain, url }: { count: number; sites: number; domain: string; url?: string | undefined },
): Promise<Enlisted> => {
  const authority = authorityOf(state)
  const now = Date.now()
  const members = Array.from({ length: count }, (_, index): Member => {
    const name = nameOf(index, sites)
    return { ...name, credentials: issueSvid(authority, domain, name, now) }
  })
  const opened = await openState({ state, url, join: true })
  const at = new Date(now)
  const until = new Date(now + 86_400_000)
  try {
    await opened.trail.change(async (tx, write) => {
      const names = [...new Set(members.map(({ site }) => site))]
      await tx
        .insertInto('sites')
        .values(names.map((name) => ({ name, created: at })))
        .onConflict((row) => row.doNothing())
        .execute()
      for (let from = 0; from < members.length; from += rowsAtOnce) {
        const rows = members.slice(from, from + rowsAtOnce).map(({ site, edge, credentials }) => ({
          site,
          name: edge,
          created: at,
          public_key: credentials.publicKey,
          enrolled: at,
          svid_until: until,
        }))
        await tx
          .insertInto('edges')
          .values(rows)
          .onConflict((row) =>
            row.columns(['site', 'name']).doUpdateSet((of) => ({
              public_key: of.ref('excluded.public_key'),
              enrolled: of.ref('excluded.enrolled'),
              svid_until: of.ref('excluded.svid_until'),
              revoked: null,
            })),
          )
          .execute()
      }
      await write({ actor: 'local', action: 'edges.simulate', object: `${count} edges at ${names.length} sites` })
    })
  } finally {
    await opened.close()
  }
  return { members, ca: authority.certificate, signer: signerOf(state) }
}
