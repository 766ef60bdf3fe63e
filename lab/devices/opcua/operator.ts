/**
 * An operator's screen that speaks OPC UA: reads and writes nodes and calls methods in one session.
 *   ip netns exec hmi node lab/devices/opcua/operator.ts --host 198.18.1.80 -- 'read ns=1;s=Level' 'write ns=1;s=Setpoint 300'
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import {
  AttributeIds,
  DataType,
  OPCUAClient,
  setDebugLogger,
  setErrorLogger,
  setWarningLogger,
  type ClientSession,
  type StatusCode,
} from 'node-opcua-client'
import { onStop, print, readArguments, runDevice } from '../arguments.ts'
import { givenOrders, obey, refusable, type Acts } from '../orders.ts'

/** What the library throws when the server answers with a fault. */
const faultOf = (error: unknown): Record<string, unknown> => {
  if (typeof error !== 'object' || error === null || !('response' in error)) throw error
  const { response } = error
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library's errors carry the answer without a type
  const { responseHeader } = response as { readonly responseHeader?: { readonly serviceResult?: StatusCode } }
  return { fault: responseHeader?.serviceResult?.name }
}

const acts = (session: ClientSession): Acts =>
  refusable(faultOf, {
    read: async (nodeId = '') => {
      const { value, statusCode } = await session.read({ nodeId, attributeId: AttributeIds.Value })
      return { value: value.value, status: statusCode.name }
    },
    write: async (nodeId = '', value = '0') => {
      const written = { value: { dataType: DataType.Double, value: Number(value) } }
      return { status: (await session.write({ nodeId, attributeId: AttributeIds.Value, value: written })).name }
    },
    call: async (objectId = '', methodId = '') => ({
      status: (await session.call({ objectId, methodId, inputArguments: [] })).statusCode.name,
    }),
  })

// Standard output is for answers.
for (const silence of [setDebugLogger, setErrorLogger, setWarningLogger]) silence(() => undefined)

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port } = readArguments({ host: undefined, port: 4840 }, settings)
  const folder = mkdtempSync(join(tmpdir(), 'opcua-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  onStop(() => process.exit(0))
  const client = OPCUAClient.create({
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 2, initialDelay: 200, maxDelay: 500 },
    clientCertificateManager: new OPCUACertificateManager({ rootFolder: folder }),
  })
  for (const event of ['connection_lost', 'start_reconnection', 'connection_reestablished'] as const)
    client.on(event, () => print({ kind: event }))
  await client.connect(`opc.tcp://${host}:${port}/line`)
  const session = await client.createSession()
  await obey(acts(session), orders)
  await session.close()
  await client.disconnect()
  process.exit(0)
})
