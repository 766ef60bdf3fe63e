import { probeCapabilities } from '#linux/capabilities.ts'
import { Nft } from '#linux/nftables.ts'
import { links } from '#linux/rtnetlink.ts'
const t = performance.now()
const c = probeCapabilities()
console.table(c.list.map(({ id, found, detail }) => ({ id, found, detail })))
console.log(
  c.queue,
  performance.now() - t,
  Nft.open().run('list ruleset'),
  links().map((l) => l.name),
)
