/** What keys of one decoy follow from, where the host is told no secret of the site: all that the site's seed made of it. */
import { createHash } from 'node:crypto'
import type { Identity } from '#core/personality.ts'

export const secretOf = ({ address, mac, name, serial, serialNumber, seed }: Identity): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([address, mac, name, serial, serialNumber, seed]))
    .digest()
