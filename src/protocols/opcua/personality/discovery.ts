/** FindServers and GetEndpoints: OPC 10000-4, 5.4. */
import { filled } from '../../placeholders.ts'
import { readText, type Call, type Conversation, type Service } from './call.ts'
import { good } from './status.ts'
import type { Writer } from './writer.ts'

const none = 'http://opcfoundation.org/UA/SecurityPolicy#None'
const binaryTransport = 'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary'
/** User tokens of the endpoint: OPC 10000-4, 7.42. */
const policies = { anonymous: 'Anonymous', userName: 'UserName' } as const

const application = (out: Writer, { context, profile }: Conversation): void => {
  const own = (text: string): string => filled(text, context.identity, context.persona)
  out.string(own(profile.applicationUri)).string(own(profile.productUri)).text(own(profile.applicationName))
  // A server, with neither gateway nor discovery profile.
  out.u32(0).u32(-1).u32(-1)
  out.list([own(profile.endpoint)], (url) => out.string(url))
}

/** One endpoint: without security and certificate, for nobody in particular and for names. */
export const endpoints = (out: Writer, conversation: Conversation): void => {
  const { context, profile } = conversation
  out.u32(1).string(filled(profile.endpoint, context.identity, context.persona))
  application(out, conversation)
  out.u32(-1).u32(1).string(none)
  const tokens = [
    [policies.anonymous, 0],
    [policies.userName, 1],
  ] as const
  out.list(tokens, ([policy, type]) => {
    out.string(policy).u32(type).u32(-1).u32(-1).string(none)
  })
  out.string(binaryTransport).u8(0)
}

const strings = ({ reader }: Call): void => {
  for (let left = reader.count(); left > 0 && reader.step(); left--) reader.string()
}

export const findServers: Service = (call) => {
  readText(call.reader)
  strings(call)
  strings(call)
  call.out.u32(1)
  application(call.out, call)
  return good
}

export const getEndpoints: Service = (call) => {
  call.notes[0] = `${call.notes[0] ?? ''} ${readText(call.reader)}`
  strings(call)
  strings(call)
  endpoints(call.out, call)
  return good
}
