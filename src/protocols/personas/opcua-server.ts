import { definePersona } from '#core/persona.ts'
import type { OpcuaProfile } from '../opcua/personality/profile.ts'

/** Names as servers of TF6100 in the field have them: the program's variables in the fourth namespace, named by their symbols. */
const opcua: OpcuaProfile = {
  endpoint: 'opc.tcp://{name}:4840',
  applicationUri: 'urn:{name}:BeckhoffAutomation:TcOpcUaServer',
  applicationName: 'TcOpcUaServer@{name}',
  productUri: 'urn:BeckhoffAutomation:TcOpcUaServer',
  productName: 'TwinCAT OPC UA Server',
  manufacturer: 'Beckhoff Automation',
  softwareVersion: '{firmware}',
  buildNumber: '28',
  buildDate: Date.UTC(2021, 2, 17, 9, 41, 12),
  namespaces: [
    'http://opcfoundation.org/UA/DI/',
    'http://PLCopen.org/OpcUa/IEC61131-3/',
    'urn:BeckhoffAutomation:Ua:PLC1',
  ],
  device: 'PLC1',
  namespace: 4,
  variables: [
    { name: 'MAIN.fTankLevel', type: 'float', point: 0, min: 0, max: 5000 },
    { name: 'MAIN.fInflow', type: 'float', point: 1, min: 0, max: 120 },
    { name: 'MAIN.fTemperature', type: 'float', point: 2, min: 0, max: 100 },
    { name: 'MAIN.nBatch', type: 'int16', point: 3, min: 0, max: 1000 },
    { name: 'MAIN.bInletOpen', type: 'boolean', point: 0 },
    { name: 'MAIN.bPumpRunning', type: 'boolean', point: 1 },
    { name: 'GVL_HMI.fLevelSetpoint', type: 'float', point: 7, min: 1000, max: 4000, writable: true },
    { name: 'GVL_HMI.fPressure', type: 'float', point: 4, min: 0, max: 16 },
    { name: 'GVL_HMI.nPumpSpeed', type: 'int16', point: 5, min: 0, max: 3000 },
  ],
}

/**
 * An embedded PC with TwinCAT 3 under Windows 10 IoT; its firewall lets nothing in but OPC UA.
 * TCP/IP: fingerprints "Microsoft Windows 10" of nmap-os-db: TTL 128, window 8192, scale, SACK; time stamps only where asked for.
 */
export const opcuaServer = definePersona({
  id: 'opcua-server',
  title: 'Beckhoff CX5130, TwinCAT OPC UA Server',
  vendor: 'Beckhoff Automation',
  model: 'CX5130-0125',
  firmware: '4.3.28',
  kind: 'server',
  ouis: ['00:01:05'],
  ttl: 128,
  window: 8192,
  timestamps: false,
  windowScaling: true,
  sack: true,
  serial: '00######',
  name: 'CX-%%%%%%',
  services: [{ service: 'opcua', transport: 'tcp', port: 4840, profile: opcua }],
})
