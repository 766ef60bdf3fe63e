/**
 * A building controller that speaks BACnet/IP: analog input 0 (level) and analog value 0 (setpoint), and it can be restarted.
 *   ip netns exec hvac node lab/devices/bacnet/device.ts --host 198.18.1.79
 */
import bacnet, {
  ApplicationTag,
  ConfirmedServiceChoice,
  ErrorClass,
  ErrorCode,
  ObjectType,
  PropertyIdentifier,
} from '@bacnet-js/client'
import { onStop, print, readArguments, runDevice } from '../arguments.ts'
import { Line } from '../line.ts'

const service = ConfirmedServiceChoice

await runDevice(() => {
  const { host, port, instance } = readArguments({ host: undefined, port: 47808, instance: 100 })
  const line = new Line()
  const device = new bacnet.default({ interface: host, port, apduTimeout: 3000 })

  const valueOf = (type: ObjectType, number: number): number | undefined => {
    if (number !== 0) return undefined
    if (type === ObjectType.ANALOG_INPUT) return line.level
    return type === ObjectType.ANALOG_VALUE ? line.setpoint : undefined
  }
  device.on('readProperty', ({ header, invokeId = 0, payload: { objectId, property } }) => {
    if (header === undefined) return
    const value =
      property.id === PropertyIdentifier.PRESENT_VALUE ? valueOf(objectId.type, objectId.instance) : undefined
    if (value === undefined)
      device.errorResponse(header.sender, service.READ_PROPERTY, invokeId, ErrorClass.OBJECT, ErrorCode.UNKNOWN_OBJECT)
    else
      device.readPropertyResponse(header.sender, invokeId, objectId, property, [{ type: ApplicationTag.REAL, value }])
  })
  device.on('writeProperty', ({ header, invokeId = 0, payload: { objectId, value } }) => {
    if (header === undefined) return
    const written = Number(value.value[0]?.value)
    if (objectId.type === ObjectType.ANALOG_VALUE && objectId.instance === 0 && line.set(written))
      device.simpleAckResponse(header.sender, service.WRITE_PROPERTY, invokeId)
    else
      device.errorResponse(
        header.sender,
        service.WRITE_PROPERTY,
        invokeId,
        ErrorClass.PROPERTY,
        ErrorCode.WRITE_ACCESS_DENIED,
      )
  })
  device.on('reinitializeDevice', ({ header, invokeId = 0 }) => {
    print({ kind: 'restart' })
    if (header !== undefined) device.simpleAckResponse(header.sender, service.REINITIALIZE_DEVICE, invokeId)
  })
  device.on('deviceCommunicationControl', ({ header, invokeId = 0 }) => {
    print({ kind: 'silenced' })
    if (header !== undefined) device.simpleAckResponse(header.sender, service.DEVICE_COMMUNICATION_CONTROL, invokeId)
  })
  device.on('whoIs', ({ header }) => {
    if (header !== undefined) device.iAmResponse(header.sender, instance, 3, 0)
  })
  device.on('error', (error) => process.stderr.write(`${error.message}\n`))
  device.on('listening', () => print({ kind: 'listening', host, port }))
  onStop(() => {
    line.close()
    device.close()
  }, 200)
})
