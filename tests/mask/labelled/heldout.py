from tests.mask.labelled.made import samples as samples
