// Opens a page in headless Chromium and tells, as JSON, what a person would meet there.
// usage: node page.mjs PAGE [DIRECTORY FOR SCREENSHOTS]; needs playwright-core and axe-core where NODE_PATH says.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.NODE_PATH}/x.js`);
const { chromium } = require("playwright-core");
const [page_path, shots] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const told = { errors: [], requests: [], axe: {}, overflow: {} };
for (const [name, width, scheme] of [["phone", 390, "light"], ["desktop", 1280, "dark"]]) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && told.errors.push(message.text()));
  page.on("pageerror", (error) => told.errors.push(String(error)));
  page.on("request", (request) => request.url().startsWith("file:") || told.requests.push(request.url()));
  const started = Date.now();
  await page.goto(pathToFileURL(page_path).href);
  told.load = Date.now() - started;
  const there = () => page.locator(".findings > li").count();
  const shown = async () => parseInt(await page.locator("#status").textContent(), 10);
  told.all = await shown();
  told.in_parts = await there();
  told.status = await page.locator("#status").textContent();
  await page.getByLabel("critical", { exact: true }).uncheck();
  await page.waitForTimeout(200);
  told.without_critical = await shown();
  told.status_without = await page.locator("#status").textContent();
  await page.getByRole("button", { name: "Reset" }).click();
  await page.waitForTimeout(200);
  told.after_reset = await shown();
  await page.getByRole("combobox").selectOption({ index: 1 });
  await page.waitForTimeout(200);
  told.one_view = await shown();
  await page.getByRole("button", { name: "Reset" }).click();
  await page.getByLabel("Path, code or text").fill("pal111");
  const typed = Date.now();
  await page.waitForTimeout(400);
  told.filter_time = Date.now() - typed;
  told.searched = await shown();
  await page.getByRole("button", { name: "Reset" }).click();
  await page.waitForTimeout(200);
  await page.keyboard.press("Tab");
  told.overflow[name] = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await page.evaluate(() => document.querySelectorAll("details").forEach((node) => { node.open = true; }));
  await page.addScriptTag({ path: require.resolve("axe-core") });
  const asked = Date.now();
  const found = await page.evaluate(() => axe.run());
  told.axe_time = Date.now() - asked;
  told.axe[name] = found.violations.map((item) => [item.impact, item.id, item.nodes.length, item.nodes[0].html.slice(0, 200)]);
  await page.evaluate(() => document.querySelectorAll("details").forEach((node) => { node.open = false; }));
  if (told.in_parts < told.all) {
    await page.getByRole("button", { name: /^Show \d+ more$/ }).press("Enter");
    told.one_part_more = await there();
    told.focus = await page.evaluate(() => Array.from(document.activeElement.parentNode.children).indexOf(document.activeElement));
    await page.getByRole("button", { name: /^Show all/ }).click();
    told.in_full = await there();
    await page.getByRole("button", { name: "Reset" }).click();
    await page.waitForTimeout(200);
  }
  if (shots) {
    await page.screenshot({ path: `${shots}/${name}.png` });
    await page.locator("#findings").scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${shots}/${name}-findings.png` });
  }
}
await browser.close();
console.log(JSON.stringify(told));
