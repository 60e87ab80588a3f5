/* Around the product's own form: cards in lists, and what search engines read. The piece of backorder.js that is fetched
   where a list has something to say, or where the merchant wants structured data. */
Backorder.pieces.lists = ({ all, one, make, write, say, sentence, itemsOf, quietly, rules }) => {
  const BUTTONS = '[data-button-type="add-cart"],[data-button-type="pre-order"]';
  const dress = ([card, id]) => {
    const items = itemsOf(id);
    const [item] = items;
    const picture = one(".card-figure,figure,img", card);
    if (items.length !== 1 || item.variant_id !== null || item.on_hand || !item.later.length || !picture) return;
    const figure = picture.tagName === "IMG" ? picture.parentNode : picture;
    const button = one(BUTTONS, card);
    if (button) write(button, say(`button_${item.label}`));
    write(one(".backorder-badge", figure) || make("span", "backorder-badge", figure), sentence(item, 1));
  };

  /* On the product's own page. */
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

  rules(`.backorder-badge{position:absolute;inset-inline-start:8px;bottom:8px;max-width:calc(100% - 16px);padding:2px 8px;border-radius:1em;background:#fff;color:#222;font-size:.76rem;line-height:1.55}
:has(>.backorder-badge){position:relative}a:has(>.backorder-badge){display:block}`);
  return { show: (cards) => cards.forEach(dress), describe };
};
