import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { cancelOrder } from './features/cancel-order.ts'
import { changeOrder } from './features/change-order.ts'
import { getOrder } from './features/get-order.ts'
import { initiateOrder } from './features/initiate-order.ts'
import { listOrders } from './features/list-orders.ts'
import {
  countOrders,
  examineOrder,
  exportOrders,
  listAllOrders,
} from './features/orders-for-operators.ts'
import { readOrder } from './features/read-order.ts'

export const features: Feature<AnyRoute>[] = [
  initiateOrder,
  getOrder,
  listOrders,
  cancelOrder,
  changeOrder,
  readOrder,
  listAllOrders,
  exportOrders,
  countOrders,
  examineOrder,
]
