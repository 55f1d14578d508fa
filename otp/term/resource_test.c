/* SPDX-License-Identifier: MIT */
#include <otp/etf.h>

#include "port/memory.h"
#include "term/shared.h"
#include "test_term.h"
#include "unit.h"

static int destroyed;

static void destroy(void *object) {
    destroyed += *(int *)object;
}

static otp_term describe(void *object) {
    return otp_tuple(OTP_ATOM(counter), otp_int(*(int *)object));
}

static const otp_resource_type counter = {"counter", destroy, describe};
static const otp_resource_type other = {.name = "other"};

UNIT("a resource gives its object to its own type and is destroyed once") {
    int object = 1;
    destroyed = 0;
    otp_scope scope = otp_scope_begin();
    otp_term resource = otp_resource(&counter, &object);
    CHECK(otp_resource_get(resource, &counter) == &object);
    CHECK(otp_resource_get(resource, &other) == NULL);
    CHECK(otp_resource_get(otp_int(1), &counter) == NULL);
    otpi_pack *pack = otpi_pack_new(otp_tuple(resource, resource));
    REQUIRE(pack != NULL);
    otp_scope_end(scope);
    CHECK_EQ(destroyed, 0);
    CHECK(otp_resource_get(otp_element(pack->term, 1), &counter) == &object);
    otpi_pack_release(pack);
    CHECK_EQ(destroyed, 1);
}

UNIT("two resources differ, orders and prints are those of references") {
    int object = 0;
    otp_scope scope = otp_scope_begin();
    otp_term a = otp_resource(&counter, &object);
    otp_term b = otp_resource(&counter, &object);
    CHECK(!otp_equal(a, b));
    CHECK(otp_compare(a, b) < 0);
    CHECK(otp_compare(a, OTP_ATOM(x)) > 0);
    CHECK(otp_compare(a, test_term("fun a:b/1")) < 0);
    CHECK_EQ(otp_hash(a), otp_hash(a));
    CHECK_STR(otp_show(otp_resource_describe(a)), "{counter,0}");
    CHECK_STR(otp_show(otp_resource_describe(otp_resource(&other, NULL))), "<<\"other\">>");
    CHECK(otp_is_none(otp_resource_describe(otp_int(1))));
    otp_scope_end(scope);
}

UNIT("while it lives, its reference on the wire or in print is the resource again") {
    int object = 1;
    uint8_t bytes[100];
    size_t size = sizeof bytes;
    char text[100];
    destroyed = 0;
    otp_scope outer = otp_scope_begin();
    otp_scope scope = otp_scope_begin();
    otp_term resource = otp_resource(&counter, &object);
    REQUIRE(otp_etf_encode(resource, bytes, &size) == OTP_OK);
    otp_print(resource, text, sizeof text);
    otp_term back;
    REQUIRE(otp_etf_decode(bytes, size, NULL, &back, NULL, NULL) == OTP_OK);
    CHECK(otp_resource_get(back, &counter) == &object);
    CHECK(otp_resource_get(test_term(text), &counter) == &object);
    CHECK(otp_equal(back, resource));
    otp_scope_end(scope);
    CHECK_EQ(destroyed, 1);
    REQUIRE(otp_etf_decode(bytes, size, NULL, &back, NULL, NULL) == OTP_OK);
    CHECK_EQ(otp_kind_of(back), OTP_KIND_REFERENCE);
    CHECK(otp_resource_get(back, &counter) == NULL);
    otp_scope_end(outer);
}

static bool make(bool failing) {
    static int object = 1;
    (void)failing;
    uint64_t first[1];
    otpi_scope scope;
    otpi_scope *outer = otpi_scope_now;
    otpi_scope_init(&scope, first, 1);
    otpi_scope_now = &scope;
    destroyed = 0;
    bool made = !otp_is_none(otp_resource(&counter, &object));
    otpi_scope_fini(&scope);
    otpi_scope_now = outer;
    CHECK_EQ(destroyed, made);
    return made;
}

UNIT("without memory no resource is made and the object stays the caller's") {
    CHECK_EQ(test_fail_each(make, 10), 2);
}
