import { namespacePath } from './enter-namespace.ts'
import { runIp } from './ip.ts'

export { inNamespace, inOptionalNamespace } from './enter-namespace.ts'
export { bindUdpIn, connectIn, listenIn, type ConnectOptions, type Endpoint } from './namespace-sockets.ts'

/** Creates a network namespace with its loopback up. */
export const createNamespace = async (name: string): Promise<void> => {
  namespacePath(name)
  await runIp(['netns', 'add', name])
  await runIp(['link', 'set', 'lo', 'up'], { namespace: name })
}

/** Deletes a network namespace; its interfaces go with it once no process or socket is left inside. */
export const deleteNamespace = async (name: string): Promise<void> => {
  namespacePath(name)
  await runIp(['netns', 'delete', name])
}
