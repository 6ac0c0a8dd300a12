// What the observer collects and the console draws. The shape is the kernel's; this is the door through which diagrams and
// pages reach it.

export type { Interaction, InteractionKind } from '@rialto/kernel/pure/interaction.ts'
