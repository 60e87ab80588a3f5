/* What search engines read on a product's page: the piece of backorder.js that is fetched where the merchant wants it. */
Backorder.pieces.search = ({ all, write, quietly }) => {
  const STATES = { in_stock: "InStock", backorder: "BackOrder", preorder: "PreOrder" };
  const describe = (item) => all('script[type="application/ld+json"]').forEach((node) => quietly(() => {
    const thing = JSON.parse(node.textContent);
    for (const { offers } of [thing, ...(thing["@graph"] || [])]) {
      for (const offer of offers ? [offers].flat() : []) {
        offer.availability = `https://schema.org/${STATES[item.state] || "OutOfStock"}`;
        offer.availabilityStarts = item.on_hand || !item.later[0] ? undefined : item.later[0].earliest || undefined;
      }
    }
    write(node, JSON.stringify(thing));
  }));
  return { describe };
};
