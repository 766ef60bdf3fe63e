/** Simple service discovery: UPnP Device Architecture 2.0, 1.2 and 1.3. */
import { headAt } from './heads.ts'
import { sure, type Read } from './sighting.ts'
import { osIn } from './systems.ts'

export const readSsdp: Read = (bytes, tell) => {
  const head = headAt(bytes, 0)
  if (head === undefined || !/^(?:NOTIFY|M-SEARCH) \* HTTP\/1\.1$|^HTTP\/1\.1 200\b/.test(head.start)) return
  // `OS/version UPnP/version product/version`: of whoever offers, and of whoever searches.
  const server = head.fields.get('server') ?? ''
  tell('service', server, sure.banner)
  tell('os', osIn(server === '' ? (head.fields.get('user-agent') ?? '') : server), sure.banner)
  const target = `${head.fields.get('nt') ?? ''} ${head.fields.get('st') ?? ''}`
  if (server !== '' && target.includes(':device:InternetGatewayDevice:')) tell('role', 'router', sure.banner)
}
