/** Where a manager is dialled: `wss://HOST:PORT` or `unix:PATH`. */
import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'

export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string }

const standardPort = 8444

/** @returns undefined when the text is neither */
export const parseEndpoint = (url: string): Endpoint | undefined => {
  if (url.startsWith('unix:')) {
    const path = url.slice('unix:'.length)
    return isAbsolute(path) && !path.includes('\0') ? { path } : undefined
  }
  if (!url.startsWith('wss://') || !URL.canParse(url)) return undefined
  const { hostname, port, pathname, search, username, password } = new URL(url)
  if (hostname === '' || pathname !== '/' || search + username + password !== '') return undefined
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? standardPort : Number(port) }
}

/** How a connection is opened there. A path has no name that a certificate could carry: the authority alone decides. */
export const connectionOptions = (endpoint: Endpoint) =>
  'path' in endpoint
    ? { socketPath: endpoint.path, servername: '', checkServerIdentity: () => undefined }
    : { host: endpoint.host, port: endpoint.port, servername: isIP(endpoint.host) === 0 ? endpoint.host : '' }
