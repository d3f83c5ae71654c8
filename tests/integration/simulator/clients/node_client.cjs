// Runs with the client `tiktok-shop-sdk` on NODE_PATH: every operation that it shares with the simulator.
// Standard input: the plan of test_public_clients.py. Standard output: code, message and data by operation.
'use strict';
const { TikTokShopSDK, TikTokAPIError } = require('tiktok-shop-sdk');

const plan = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const results = {};
// The client has no setting for its hosts.
const realFetch = globalThis.fetch;
globalThis.fetch = (address, options) => {
  const { pathname, search } = new URL(address);
  return realFetch(plan.url + pathname + search, options);
};

async function step(name, call) {
  try {
    const answer = await call();
    results[name] = { code: answer.code, message: answer.message, data: answer.data };
  } catch (error) {
    if (!(error instanceof TikTokAPIError)) throw error;
    results[name] = { code: error.code, message: error.message };
  }
  return results[name].data || {};
}

async function main() {
  const sdk = new TikTokShopSDK({ appKey: plan.app_key, appSecret: plan.app_secret });
  let tokens = await step('token', () => sdk.auth.getAccessToken({ auth_code: plan.auth_code }));
  tokens = await step('token', () => sdk.auth.refreshAccessToken({ refresh_token: tokens.refresh_token }));
  sdk.setAccessToken(tokens.access_token);
  const { shops } = await step('authorized_shops', () => sdk.shop.getAuthorizedShops());
  sdk.setShopCipher(shops[0].cipher);
  const { leaf, product } = plan;
  const query = { category_version: 'v2' };
  await step('get_categories', () => sdk.product.getCategories(query));
  await step('get_rules', () => sdk.product.getCategoryRules({ category_id: leaf, query }));
  await step('get_attributes', () => sdk.product.getAttributes({ category_id: leaf, query }));
  await step('get_brands', () => sdk.product.getBrands({ ...query, page_size: 20, is_authorized: true }));
  await step('recommend', () => sdk.product.recommendCategory(plan.recommend));
  await step('prerequisites', () => sdk.product.getProductPrerequisites());
  await step('listing_check', () => sdk.product.checkProductListing(plan.create));
  await step('search', () => sdk.product.searchProducts({ query: { page_size: 10 }, body: { status: 'ALL' } }));
  await step('get_product', () => sdk.product.getProduct({ product_id: product }));
  const created = await step('create', () => sdk.product.createProduct(plan.create));
  await step('edit', () => sdk.product.editProduct({ product_id: product, body: plan.edit }));
  await step('partial_edit', () => sdk.product.partialEditProduct({ product_id: product, body: plan.partial }));
  await step('update_price', () => sdk.product.updateProductPrice({ product_id: product, body: plan.prices }));
  await step('update_inventory', () => sdk.product.updateProductInventory({ product_id: product, body: plan.stock }));
  await step('search_inventory', () => sdk.product.searchInventory({ product_ids: [product] }));
  await step('deactivate', () => sdk.product.deactivateProducts({ product_ids: [product] }));
  await step('activate', () => sdk.product.activateProducts({ product_ids: [product] }));
  await step('delete', () => sdk.product.deleteProducts({ product_ids: [created.product_id] }));
  await step('recover', () => sdk.product.recoverProduct({ product_ids: [created.product_id] }));
  await step('custom_brand', () => sdk.product.createCustomBrands({ name: 'Node brand' }));
  await step('diagnoses', () => sdk.product.productInformationIssueDiagnosis({ product_ids: [product] }));
  await step('put_webhook', () => sdk.event.updateShopWebhook(plan.webhook));
  await step('get_webhooks', () => sdk.event.getShopWebhooks());
  await step('active_shops', () => sdk.seller.getActiveShops());
  await step('warehouses', () => sdk.logistic.getWarehouseList());
  process.stdout.write(JSON.stringify(results));
}

main();
