// An older sync: a function that is exported, with its models in a nango.yaml.
interface Order {
  id: string;
  total: number;
  note?: string;
}

export default async function fetchData(nango: any): Promise<void> {
  const checkpoint = await nango.getCheckpoint();
  let page = checkpoint?.page ?? 1;
  for (;;) {
    const { data } = await nango.get({ endpoint: '/orders', params: { page: String(page) }, retries: 2 });
    if (data.orders.length === 0) break;
    page++;
    await nango.saveCheckpoint({ page });        // too early: the page is not saved yet
    const details = await nango.get({ endpoint: `/orders/notes/${page - 1}`, retries: 2 });
    const orders: Order[] = data.orders.map((order: any) => ({ id: order.id, total: order.total }));
    await nango.batchSave(orders, 'Order');
    await nango.batchUpdate(details.data, 'Order');
  }
}
