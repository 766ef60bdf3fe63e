/** A process that writes to a store until it is killed, and says on its output what was acknowledged. Used by store-crash.test.ts. */
import { writeSync } from 'node:fs'
import { openStore } from '#edge/store/open.ts'

const [path = '', limit = 'Infinity'] = process.argv.slice(2)
const store = openStore({ path, reserveBytes: 65_536 })
writeSync(1, 'open\n')
for (let at = 0; at < Number(limit); at++) {
  const ip = `198.18.${(at >> 8) & 255}.${at & 255}`
  const { id } = store.together(() => {
    const [stored] = store.events.append({ kind: 'containment', source: { ip }, by: 'kernel', count: at + 1 })
    store.containments.add({
      kind: 'ordered',
      family: 4,
      vlan: 0,
      ip,
      since: Date.now(),
      reason: 'crash test',
      by: 'ana',
    })
    if (stored === undefined) throw new Error('nothing was stored')
    return stored.event
  })
  // Only after the transaction: whatever is printed must be there later.
  writeSync(1, `${id} ${ip}\n`)
  if (at % 3 === 0) store.events.append({ kind: 'denial', source: { ip } })
  if (at % 40 === 0) store.maintain()
}
