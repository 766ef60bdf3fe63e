/**
 * A controller that speaks OPC UA without encryption: ns=1;s=Level, ns=1;s=Setpoint, and a method ns=1;s=Stop.
 *   ip netns exec plc-dose node lab/devices/opcua/server.ts --host 198.18.1.80
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes, Variant } from 'node-opcua-client'
import { OPCUAServer } from 'node-opcua-server'
import { onStop, print, readArguments, runDevice } from '../arguments.ts'
import { Line } from '../line.ts'

await runDevice(async () => {
  const { host, port } = readArguments({ host: undefined, port: 4840 })
  const line = new Line()
  // It wants a place for certificates, even where it encrypts nothing.
  const folder = mkdtempSync(join(tmpdir(), 'opcua-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const certificates = (name: string) =>
    new OPCUACertificateManager({ rootFolder: join(folder, name), automaticallyAcceptUnknownCertificate: true })
  const server = new OPCUAServer({
    port,
    host,
    hostname: host,
    resourcePath: '/line',
    securityPolicies: [SecurityPolicy.None],
    securityModes: [MessageSecurityMode.None],
    allowAnonymous: true,
    disableDiscovery: true,
    serverCertificateManager: certificates('server'),
    userCertificateManager: certificates('user'),
  })
  await server.initialize()
  const space = server.engine.addressSpace
  const namespace = space?.getOwnNamespace()
  if (space === null || space === undefined || namespace === undefined) throw new Error('no address space')
  const tank = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: 'Tank', nodeId: 's=Tank' })
  namespace.addVariable({
    componentOf: tank,
    browseName: 'Level',
    nodeId: 's=Level',
    dataType: 'Double',
    minimumSamplingInterval: 100,
    value: { get: () => new Variant({ dataType: DataType.Double, value: line.level }) },
  })
  namespace.addVariable({
    componentOf: tank,
    browseName: 'Setpoint',
    nodeId: 's=Setpoint',
    dataType: 'Double',
    minimumSamplingInterval: 100,
    value: {
      get: () => new Variant({ dataType: DataType.Double, value: line.setpoint }),
      set: (variant: { readonly value?: unknown }) =>
        line.set(Number(variant.value)) ? StatusCodes.Good : StatusCodes.BadOutOfRange,
    },
  })
  const stop = namespace.addMethod(tank, {
    browseName: 'Stop',
    nodeId: 's=Stop',
    inputArguments: [],
    outputArguments: [],
  })
  stop.bindMethod((_inputs, _context, done) => {
    line.run(false)
    done(null, { statusCode: StatusCodes.Good, outputArguments: [] })
  })
  server.on('newChannel', (channel) => print({ kind: 'connection', port: channel.remotePort }))
  server.on('closeChannel', (channel) => print({ kind: 'closed', port: channel.remotePort }))
  await server.start()
  print({ kind: 'listening', host, port })
  onStop(() => {
    line.close()
    void server.shutdown(0).finally(() => process.exit(0))
  }, 2000)
})
