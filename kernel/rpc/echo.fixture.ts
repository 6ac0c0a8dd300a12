// A service for the tests of both transports, described by hand so that the kernel needs no contract and no generator:
// `Echo.Say(SayRequest { text, amount_minor }) returns (SayReply { text, amount_minor, caller })`.

import { create, createFileRegistry, type DescService, toBinary } from '@bufbuild/protobuf'
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt'

const field = (name: string, number: number, type: FieldDescriptorProto_Type) => ({
  name,
  number,
  type,
  label: FieldDescriptorProto_Label.OPTIONAL,
})
const { STRING, INT64 } = FieldDescriptorProto_Type

const file: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: 'echo.proto',
  package: 'fixture.v1',
  syntax: 'proto3',
  messageType: [
    { name: 'SayRequest', field: [field('text', 1, STRING), field('amount_minor', 2, INT64)] },
    {
      name: 'SayReply',
      field: [
        field('text', 1, STRING),
        field('amount_minor', 2, INT64),
        field('caller', 3, STRING),
      ],
    },
  ],
  service: [
    {
      name: 'Echo',
      method: [
        { name: 'Say', inputType: '.fixture.v1.SayRequest', outputType: '.fixture.v1.SayReply' },
      ],
    },
  ],
})

const set = create(FileDescriptorSetSchema, { file: [file] })

export const Echo = createFileRegistry(set).getService('fixture.v1.Echo') as DescService
/** The same for grpc-js's loader. */
export const echoDescriptorSet = Buffer.from(toBinary(FileDescriptorSetSchema, set))

export interface Say {
  readonly text: string
  readonly amountMinor: bigint
}
/** The typed form of a hand-made descriptor's calls. */
export interface EchoCalls {
  say(input: Partial<Say>): Promise<Say & { readonly caller: string }>
}
